#pragma once

#include "base/result.hpp"
#include "core/connection.hpp"
#include "core/message.hpp"
#include "core/presence.hpp"
#include "ports/message_bus.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rollcall::redis {

// What the channels carry: a JSON object, specified in docs/protocol.md. `from` is the UUID of the
// publishing process, and empty for other programs.
struct Envelope {
  using Body = std::variant<core::MessagePtr, core::PresenceEvent, ports::Kick, ports::Question,
                            ports::Answer>;

  std::string from;
  Body body;
};

struct EnvelopeLimits {
  std::size_t bytes = 4 * 1024 * 1024;
  std::size_t depth = 8;
  std::size_t connections = 1000;  // of an answer
};

std::string write_envelope(std::string_view from, const Envelope::Body& body);

// Strict: no unknown member beside the body, nothing twice, nothing out of range. `user` is whom
// the channel names: a presence event has no user of its own.
// Errors: invalid_argument ("invalid_envelope"), too_large ("envelope_too_large").
base::Result<Envelope> parse_envelope(std::string_view text, const core::UserId* user,
                                      const EnvelopeLimits& limits);

}  // namespace rollcall::redis

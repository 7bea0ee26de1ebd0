#pragma once

#include "base/result.hpp"
#include "core/connection.hpp"
#include "core/message.hpp"
#include "core/presence.hpp"
#include "ports/message_bus.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rollcall::redis {

// What the channels carry: a JSON object, specified in docs/protocol.md. `from` is the UUID of the
// publishing process, and empty for other programs.
struct Envelope {
  using Body = std::variant<ports::UserItem, ports::Answer>;

  std::string from;
  Body body;
};

struct EnvelopeLimits {
  std::size_t bytes = 4 * 1024 * 1024;
  std::size_t depth = 8;
  std::size_t connections = 1000;  // of an answer
};

std::string write_envelope(std::string_view from, const Envelope::Body& body);

// Takes an object with exactly one body that is understood; members of other names are ignored.
// `user` is whom the channel names, for a presence event does not name its own.
// Errors: invalid_argument ("invalid_envelope"), too_large ("envelope_too_large").
base::Result<Envelope> parse_envelope(std::string_view text, const core::UserId* user,
                                      const EnvelopeLimits& limits);

}  // namespace rollcall::redis

#pragma once

#include "base/time.hpp"
#include "core/presence.hpp"

#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace rollcall::core {

// What rollcall itself says to a WebSocket client: one JSON object each, whose "type" begins with
// "rollcall.". The texts that are passed in are valid UTF-8.

// `text` as a JSON string, with its quotes (RFC 8259, 7).
void append_json_string(std::string& out, std::string_view text);

struct Welcome {
  Uuid connection;
  UserId user;
  std::string_view node;
  base::Millis ping;  // how often the server pings
};

std::string welcome_text(const Welcome& welcome);
std::string presence_text(const PresenceEvent& event);
std::string presence_state_text(std::span<const std::pair<UserId, Status>> users);
std::string token_expiring_text(base::Millis left);
std::string pong_text();

// `code` is snake_case.
std::string error_text(std::string_view code, std::string_view message);

}  // namespace rollcall::core

#pragma once

#include "base/result.hpp"
#include "core/connection.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rollcall::ws {

// What a client may ask for: {"type":"rollcall.watch","users":["ada"]} and so on.
struct Watch {
  std::vector<core::UserId> users;
};
struct Unwatch {
  std::vector<core::UserId> users;
};
struct SetStatus {
  bool away = false;
};
struct Ping {};
struct Renew {
  std::string token;  // a secret: never logged
};
using Command = std::variant<Watch, Unwatch, SetStatus, Ping, Renew>;

// The error's code: "invalid_json", "unknown_type", "invalid_command" or "invalid_id".
base::Result<Command> parse_command(std::string_view text);

}  // namespace rollcall::ws

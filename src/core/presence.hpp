#pragma once

#include "base/time.hpp"
#include "core/connection.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace rollcall::core {

// `away`: every connection of the user says that nobody looks at it.
enum class Status : std::uint8_t { offline, away, online };

// Why a user's status changed. Going from online to away and back keeps `connected`.
enum class Reason : std::uint8_t {
  connected,
  left,       // the close handshake was made
  closed,     // the stream ended without one
  timeout,    // no pong in time
  node_lost,  // its node died
  drained,    // its node was told to stop
  kicked,
  token_expired,
};

// A change of a user's status. Online and offline alternate, and `seq` grows with each event of a
// user (it is at least the time in ms, so that it grows even over a loss of all data).
struct PresenceEvent {
  UserId user;
  Status status = Status::offline;
  Reason reason = Reason::connected;
  base::WallTime at;
  std::int64_t seq = 0;
};

std::string_view name_of(Status status);
std::string_view name_of(Reason reason);
std::optional<Status> parse_status(std::string_view name);
std::optional<Reason> parse_reason(std::string_view name);

}  // namespace rollcall::core

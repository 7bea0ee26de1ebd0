#pragma once

#include "base/time.hpp"
#include "core/member.hpp"

#include <array>
#include <cstdint>
#include <string>

namespace rollcall::core {

// The `sub` of a verified token. A user on a roster is a member of the same id.
using UserId = MemberId;

// A random UUID (RFC 9562, version 4).
class Uuid {
 public:
  Uuid() = default;  // nil
  static Uuid random();

  std::string text() const;  // "b9f1c3de-5d0c-4b61-9c39-6f3a2f2f2a10"
  bool operator==(const Uuid&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

// Where a connection is on this node. The serial tells it from earlier ones in the same slot.
struct ConnectionRef {
  std::uint32_t shard = 0;
  std::uint32_t slot = 0;
  std::uint32_t serial = 0;

  bool operator==(const ConnectionRef&) const = default;
};

// One WebSocket of a user, as its home shard knows it.
struct Attachment {
  Uuid id;
  ConnectionRef ref;
  base::WallTime connected_at;
  base::WallTime last_pong;
  bool away = false;
};

}  // namespace rollcall::core

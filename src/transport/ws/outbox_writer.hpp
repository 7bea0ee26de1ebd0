#pragma once

#include "core/outbox.hpp"
#include "transport/net/socket.hpp"

#include <cstddef>
#include <string>

namespace rollcall::ws {

// Writes outboxes to sockets, for all connections of a shard: small messages are joined in one
// buffer, and go out with one call.
class OutboxWriter {
 public:
  explicit OutboxWriter(core::OutboxShelf& shelf) : shelf_(shelf) {}

  // `ok`: all is written, or so much that the others should have their turn first.
  net::IoResult write(net::Socket& socket, core::Outbox& outbox);

 private:
  static constexpr std::size_t kJoinedBytes = 64 * 1024;
  static constexpr std::size_t kCopiedPayload = 16 * 1024;  // larger ones are not copied
  static constexpr std::size_t kBytesPerTurn = 1024 * 1024;

  std::string_view join(const core::Outbox& outbox);

  core::OutboxShelf& shelf_;
  std::string joined_;
};

}  // namespace rollcall::ws

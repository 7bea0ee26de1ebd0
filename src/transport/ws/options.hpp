#pragma once

#include "base/time.hpp"
#include "core/outbox.hpp"

#include <cstddef>
#include <string>

namespace rollcall::ws {

// The limits of one WebSocket; [realtime] in the configuration.
struct Options {
  std::string node_name;
  base::Millis ping{54'000};
  base::Millis pong_wait{60'000};  // without a pong for so long, the connection is closed
  core::OutboxLimits queue;        // beyond it a connection is closed as a slow consumer
  std::size_t max_message = 512'000;
  std::size_t watched_users = 1000;  // a connection
};

// The limits of a connection of /echo, which conformance suites send 16 MiB; it is not read from
// while more than its queue waits.
struct EchoLimits {
  static constexpr std::size_t kMaxMessage = 16 * 1024 * 1024 + 64 * 1024;
  static constexpr core::OutboxLimits kQueue{4096, 4 * 1024 * 1024};
};

// How long a peer may take to answer a close, or to end the stream after one.
constexpr base::Millis kCloseTimeout{3'000};
constexpr base::Millis kSlowCloseTimeout{10'000};  // of a slow consumer

// How long before the end of its token a connection is told.
constexpr base::Millis kTokenNotice{30'000};

}  // namespace rollcall::ws

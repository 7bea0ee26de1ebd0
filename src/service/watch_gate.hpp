#pragma once

#include "core/connection.hpp"
#include "core/message.hpp"
#include "ports/connections.hpp"

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace rollcall::service {

// A watcher is told how its users stand, and then of every change. The users' home shards answer
// one by one: until all have, and the watcher has its answer, events for it are held back here.
// One a shard, for the watchers of that shard.
class WatchGate {
 public:
  explicit WatchGate(ports::Connections& connections) : connections_(connections) {}

  void close(core::ConnectionRef watcher);
  // Lets through what was held, once it has been opened as often as it was closed.
  void open(core::ConnectionRef watcher);
  void pass(core::ConnectionRef watcher, const core::MessagePtr& event);

 private:
  static constexpr std::size_t kHeldEvents = 10'000;  // for one watcher; past it they go through

  struct Held {
    std::size_t closed = 0;
    std::vector<core::MessagePtr> events;
  };

  static std::uint64_t key_of(core::ConnectionRef watcher) {
    return (std::uint64_t{watcher.slot} << 32) | watcher.serial;
  }

  ports::Connections& connections_;
  std::unordered_map<std::uint64_t, Held> held_;  // only while stores are asked
};

}  // namespace rollcall::service

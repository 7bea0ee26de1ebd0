#include "service/watch_gate.hpp"

#include <utility>

namespace rollcall::service {

void WatchGate::close(core::ConnectionRef watcher) {
  ++held_[key_of(watcher)].closed;
}

void WatchGate::open(core::ConnectionRef watcher) {
  const auto held = held_.find(key_of(watcher));
  if (held == held_.end() || --held->second.closed > 0) return;
  const auto events = std::exchange(held->second.events, {});
  held_.erase(held);
  for (const core::MessagePtr& event : events) connections_.deliver(watcher, event);
}

void WatchGate::pass(core::ConnectionRef watcher, const core::MessagePtr& event) {
  const auto held = held_.find(key_of(watcher));
  const bool holds = held != held_.end() && held->second.events.size() < kHeldEvents;
  if (!holds) return connections_.deliver(watcher, event);
  held->second.events.push_back(event);
}

}  // namespace rollcall::service

#include "core/timer_wheel.hpp"

#include <algorithm>

namespace rollcall::core {

TimerWheel::TimerWheel(base::Millis tick, base::WallTime start) : tick_(tick), start_(start) {}

void TimerWheel::set(Id id, base::WallTime due) {
  constexpr std::int64_t kFarthest = 0xffff'fffe;
  if (id >= alarms_.size()) alarms_.resize(std::size_t{id} + 1);
  unlink(id);
  const std::int64_t ticks = (due - start_ + tick_ - base::Millis(1)) / tick_;
  const std::int64_t at = std::clamp(ticks, current_ + 1, kFarthest);
  alarms_[id].tick = static_cast<std::uint32_t>(at);
  link(id, static_cast<std::uint32_t>(at % static_cast<std::int64_t>(kSpokes)));
}

void TimerWheel::cancel(Id id) {
  if (id < alarms_.size()) unlink(id);
}

void TimerWheel::link(Id id, std::uint32_t list) {
  Id& first = head(list);
  alarms_[id].list = list;
  alarms_[id].previous = kNone;
  alarms_[id].next = first;
  if (first != kNone) alarms_[first].previous = id;
  first = id;
}

void TimerWheel::unlink(Id id) {
  Alarm& alarm = alarms_[id];
  if (alarm.list == kNone) return;
  (alarm.previous == kNone ? head(alarm.list) : alarms_[alarm.previous].next) = alarm.next;
  if (alarm.next != kNone) alarms_[alarm.next].previous = alarm.previous;
  alarm.list = kNone;
}

// Moves the tick's alarms to the list of those that ring, so that what rings may set others.
void TimerWheel::collect(std::int64_t tick) {
  Id id = spokes_[static_cast<std::size_t>(tick) % kSpokes];
  while (id != kNone) {
    const Id next = alarms_[id].next;
    if (alarms_[id].tick <= tick) {
      unlink(id);
      link(id, kDue);
    }
    id = next;
  }
}

}  // namespace rollcall::core

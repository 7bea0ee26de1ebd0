#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rollcall::core {

// One alarm for each of many small numbers, such as the slots of connections; setting one anew
// replaces it. Coarse: an alarm rings within a tick after its time, never before. Setting costs
// the same for any number of alarms, and an idle one sixteen bytes.
class TimerWheel {
 public:
  using Id = std::uint32_t;

  TimerWheel(base::Millis tick, base::WallTime start);

  void set(Id id, base::WallTime due);
  void cancel(Id id);

  // Calls ring(id) for every alarm that is due; it may set and cancel any. `now` never goes back.
  template <typename Ring>
  void advance(base::WallTime now, Ring&& ring) {
    const std::int64_t end = (now - start_) / tick_;
    while (current_ < end) {
      collect(++current_);
      while (due_ != kNone) {
        const Id id = due_;
        unlink(id);
        ring(id);
      }
    }
  }

 private:
  static constexpr std::size_t kSpokes = 1024;  // alarms further away than a round stay for more
  static constexpr Id kNone = 0xffff'ffff;
  static constexpr std::uint32_t kDue = kSpokes;  // the list of those that ring now

  struct Alarm {
    Id next = kNone;
    Id previous = kNone;
    std::uint32_t tick = 0;
    std::uint32_t list = kNone;  // a spoke, kDue, or none
  };

  Id& head(std::uint32_t list) { return list == kDue ? due_ : spokes_[list]; }
  void link(Id id, std::uint32_t list);
  void unlink(Id id);
  void collect(std::int64_t tick);

  base::Millis tick_;
  base::WallTime start_;
  std::int64_t current_ = 0;
  std::vector<Id> spokes_ = std::vector<Id>(kSpokes, kNone);
  Id due_ = kNone;
  std::vector<Alarm> alarms_;
};

}  // namespace rollcall::core

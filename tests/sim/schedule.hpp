#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

namespace rollcall::sim {

// The virtual time, and what is to happen in it. Tasks of one moment run in the order in which
// they were given.
class Schedule {
 public:
  explicit Schedule(base::WallTime start) : clock_(start) {}

  const base::Clock& clock() const { return clock_; }
  base::WallTime now() const { return clock_.now(); }

  void after(base::Millis wait, std::function<void()> task) {
    tasks_.emplace(std::pair(now() + wait, next_++), std::move(task));
  }

  // Lets time pass, with all that happens in it.
  void run_for(base::Millis span) {
    const base::WallTime end = now() + span;
    while (!tasks_.empty() && tasks_.begin()->first.first <= end) {
      auto due = tasks_.extract(tasks_.begin());
      if (due.key().first > now()) clock_.advance(due.key().first - now());
      due.mapped()();
    }
    if (end > now()) clock_.advance(end - now());
  }

 private:
  base::ManualClock clock_;
  std::uint64_t next_ = 0;
  std::map<std::pair<base::WallTime, std::uint64_t>, std::function<void()>> tasks_;
};

}  // namespace rollcall::sim

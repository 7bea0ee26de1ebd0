#pragma once

#include "base/time.hpp"

#include <chrono>
#include <optional>

namespace rollcall::core {

// What the clock of a server shows, as far as its answers tell. An answer was given at some moment
// between asking and hearing it, so that each one bounds the difference from both sides.
class ServerClock {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  // An answer that showed `shown`, with what is less than a millisecond cut off.
  void learn(base::WallTime shown, SteadyTime asked, SteadyTime heard) {
    const auto least = shown.time_since_epoch() - heard.time_since_epoch();
    const auto most = shown.time_since_epoch() + base::Millis(1) - asked.time_since_epoch();
    const auto known = offset_at(heard);
    const bool agrees = known && *known >= least && *known <= most;  // else the clock was set
    offset_ = agrees ? *known : least;
    learnt_at_ = heard;
  }

  // The clock shows this or later at `at`, unless it was set back since the latest answer. Nothing
  // before the first one.
  std::optional<base::WallTime> at_least(SteadyTime at) const {
    const auto offset = offset_at(at);
    if (!offset) return std::nullopt;
    return base::WallTime(std::chrono::floor<base::Millis>(at.time_since_epoch() + *offset));
  }

  // Another server answers from now on.
  void forget() { offset_.reset(); }

 private:
  using Offset = std::chrono::nanoseconds;

  static constexpr int kDrift = 1000;  // two clocks part by at most one part in so many

  std::optional<Offset> offset_at(SteadyTime at) const {
    if (!offset_) return std::nullopt;
    return *offset_ - std::chrono::abs(at - learnt_at_) / kDrift;
  }

  std::optional<Offset> offset_;  // of the server's clock, at least
  SteadyTime learnt_at_;
};

}  // namespace rollcall::core

#pragma once

#include "app/bench/net.hpp"

#include <cstdint>
#include <optional>

namespace rollcall::bench {

// When each request is due. With a rate they are due at even distances, whether or not the server
// keeps up: a latency is counted from there, so that a stall shows in all that it delayed, and not
// only in the few requests that were under way. Without, a request is due when it is sent.
class Schedule {
 public:
  Schedule(std::uint64_t rate, std::uint64_t most) : rate_(rate), most_(most) {}

  void start(SteadyTime now) { start_ = now; }

  bool is_over() const { return most_ > 0 && taken_ == most_; }

  // Takes the next request if it is due by now.
  std::optional<SteadyTime> take(SteadyTime now) {
    const SteadyTime due = next_due(now);
    if (is_over() || due > now) return std::nullopt;
    ++taken_;
    return due;
  }

  SteadyTime next_due(SteadyTime now) const {
    return rate_ == 0 ? now : start_ + std::chrono::nanoseconds(kNanosASecond * taken_ / rate_);
  }

  // How many were due before `end`, and were never taken.
  std::uint64_t missed(SteadyTime end) const {
    if (rate_ == 0 || is_over()) return 0;
    const auto ns = std::chrono::nanoseconds(end - start_).count();
    const std::uint64_t due =
        ns <= 0
            ? 0
            : (static_cast<std::uint64_t>(ns) / kNanosAMicro * rate_ + kMillion - 1) / kMillion;
    const std::uint64_t wanted = most_ > 0 && due > most_ ? most_ : due;
    return wanted > taken_ ? wanted - taken_ : 0;
  }

  std::uint64_t taken() const { return taken_; }

 private:
  static constexpr std::uint64_t kNanosASecond = 1'000'000'000;
  static constexpr std::uint64_t kNanosAMicro = 1'000;
  static constexpr std::uint64_t kMillion = 1'000'000;

  std::uint64_t rate_;
  std::uint64_t most_;
  std::uint64_t taken_ = 0;
  SteadyTime start_{};
};

}  // namespace rollcall::bench

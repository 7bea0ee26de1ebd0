#include "base/time.hpp"

#include <fmt/chrono.h>

namespace rollcall::base {

SteadyClock::SteadyClock()
    : wall_start_(std::chrono::system_clock::now()),
      steady_start_(std::chrono::steady_clock::now()) {}

WallTime SteadyClock::now() const {
  const auto elapsed = std::chrono::steady_clock::now() - steady_start_;
  return std::chrono::time_point_cast<Millis>(
      wall_start_ + std::chrono::duration_cast<std::chrono::system_clock::duration>(elapsed));
}

WallTime SystemClock::now() const {
  return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now());
}

std::string format_rfc3339(WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto calendar = fmt::gmtime(std::chrono::system_clock::to_time_t(seconds));
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", calendar, (time - seconds).count());
}

}  // namespace rollcall::base

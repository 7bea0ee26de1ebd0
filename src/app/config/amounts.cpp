#include "app/config/amounts.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include <fmt/format.h>

namespace rollcall::app {

std::string in_digits(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, 1, ',');
  return text;
}

std::string in_bytes(std::uint64_t bytes) {
  constexpr std::array kUnits{"kB", "MB", "GB", "TB"};
  if (bytes < 1000) return fmt::format("{} B", bytes);
  double number = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  for (; number >= 999.95 && unit + 1 < kUnits.size(); ++unit) number /= 1000;
  return fmt::format("{:.1f} {}", number, kUnits[unit]);
}

std::string in_time(base::Millis time) {
  const auto ms = std::max<base::Millis::rep>(time.count(), 0);
  if (ms < 1000) return fmt::format("{} ms", ms);
  if (ms < 9950) return fmt::format("{:.1f} s", static_cast<double>(ms) / 1000);
  const auto seconds = ms / 1000;
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3600) return fmt::format("{} min {} s", seconds / 60, seconds % 60);
  const auto hours = seconds / 3600;
  if (hours < 24) return fmt::format("{} h {} min", hours, seconds % 3600 / 60);
  return fmt::format("{} d {} h", hours / 24, hours % 24);
}

std::string counted(std::uint64_t n, std::string_view what) {
  return fmt::format("{} {}{}", in_digits(n), what, n == 1 ? "" : "s");
}

}  // namespace rollcall::app

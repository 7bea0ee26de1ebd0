#include "adapters/redis/lease_text.hpp"

#include <charconv>

namespace rollcall::redis {

std::string lease_text(base::WallTime started, std::uint64_t connections) {
  return std::to_string(started.time_since_epoch().count()) + " " + std::to_string(connections);
}

std::optional<LeaseTold> parse_lease(std::string_view text) {
  const char* const end = text.data() + text.size();
  std::int64_t started_ms = 0;
  const auto first = std::from_chars(text.data(), end, started_ms);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != ' ') return std::nullopt;
  LeaseTold told{base::WallTime(base::Millis(started_ms)), 0};
  const auto second = std::from_chars(first.ptr + 1, end, told.connections);
  if (second.ec != std::errc() || second.ptr != end) return std::nullopt;
  return told;
}

}  // namespace rollcall::redis

#include "service/heartbeat.hpp"

#include <algorithm>

namespace rollcall::service {

base::Millis Heartbeat::next_beat() {
  const base::Millis pause = std::min(sessions_.ttl() / kBeatsPerTtl, kLongestPause);
  std::uniform_int_distribution<std::int64_t> spread(-pause.count() / 10, pause.count() / 10);
  return pause + base::Millis(spread(random_));
}

}  // namespace rollcall::service

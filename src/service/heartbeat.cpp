#include "service/heartbeat.hpp"

#include <algorithm>

namespace rollcall::service {

base::Millis Heartbeat::next_beat() {
  const base::Millis pause = std::min(sessions_.ttl() / kBeatsPerTtl, kLongestPause);
  std::uniform_int_distribution<std::int64_t> early(0, pause.count() / kSpreadPart);
  return pause - base::Millis(early(random_));
}

}  // namespace rollcall::service

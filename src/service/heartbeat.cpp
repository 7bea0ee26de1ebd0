#include "service/heartbeat.hpp"

#include <algorithm>

namespace rollcall::service {

void Heartbeat::leave_if_silent(core::MemberId session, base::Millis silence) {
  sessions_.is_live({session}, [&sessions = sessions_, session, silence](const auto& found) {
    if (!found || !found.value().front() || found.value().front()->age < silence) return;
    sessions.leave(session, [](const base::Result<core::Answer>&) {});
  });
}

base::Millis Heartbeat::next_beat() {
  const base::Millis pause = std::min(sessions_.ttl() / kBeatsPerTtl, kLongestPause);
  std::uniform_int_distribution<std::int64_t> early(0, pause.count() / kSpreadPart);
  return pause - base::Millis(early(random_));
}

}  // namespace rollcall::service

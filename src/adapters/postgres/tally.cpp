#include "adapters/postgres/tally.hpp"

namespace rollcall::postgres {

void Tally::counted(std::uint64_t online, std::int64_t at_us) {
  known_ = true;
  online_ = online;
  counted_at_us_ = at_us;
  arrived_.clear();
}

void Tally::note(const Standing& standing) {
  if (!known_) return;
  const bool in_the_count = standing.live_since_us <= counted_at_us_;
  if (standing.live) {
    if (!in_the_count && arrived_.emplace(standing.member).second) ++online_;
    return;
  }
  const bool had_arrived = arrived_.erase(std::string(standing.member)) > 0;
  const bool leaves_the_count = standing.was_live && in_the_count;
  if ((had_arrived || leaves_the_count) && online_ > 0) --online_;
}

}  // namespace rollcall::postgres

#include "core/handover.hpp"

#include <algorithm>

// What places tell one another, and what follows from it.
namespace rollcall::core {

// A replay brings what is older than others' passes look for: they begin a new one when they see
// it end. So it is shown until all have looked at the board.
bool Handover::has_shown_seeding(base::WallTime now) const {
  return !fallback_debt_.since && now - replayed_at_ >= options_.seeding_shown;
}

std::optional<Handover::BoardCall> Handover::take_board(base::WallTime now) {
  if (!fallback_is_up() || board_under_way_ || now < next_board_) return std::nullopt;
  board_under_way_ = true;
  next_board_ = now + options_.board_every;
  BoardCall call;
  if (must_seed()) call.own = OutageEntry{open_ || returning_, has_shown_seeding(now)};
  return call;
}

void Handover::heard(const std::vector<OutageEntry>& others, base::WallTime now) {
  board_under_way_ = false;
  board_heard_ = true;
  const bool was_deaf = now - heard_at_ >= options_.seeding_shown;
  heard_at_ = now;
  const bool away = options_.rules.bridge && std::ranges::any_of(others, &OutageEntry::away);
  const bool seeded = std::ranges::all_of(others, &OutageEntry::seeded);
  if (away && (was_deaf || (seeded && !others_seeded_))) pull_all_from(now);
  note_others(away, seeded, now);
}

void Handover::note_others(bool away, bool seeded, base::WallTime now) {
  if (seeded && !others_seeded_) seeded_at_ = now;
  others_seeded_ = seeded;
  if (away) write_both_from(now);
  if (away == others_away_) return;
  others_away_ = away;
  pull_owed_ = true;
  fill_began_ = now;
  if (away) pull_all_from(now);
  next_pull_ = now;
  next_board_ = now;
  unsettle(now);
  note_state(away ? "another place is away" : "no other place is away", now);
}

void Handover::heard_nothing(base::WallTime) {
  board_under_way_ = false;
  board_heard_ = true;
}

// Who is away has put all that it knows into the fallback, and a pass since then has fetched it.
bool Handover::others_are_in_primary() const {
  if (!others_away_ || !options_.rules.await_seeding) return true;
  return others_seeded_ && !pull_owed_ && pulled_from_ >= seeded_at_;
}

}  // namespace rollcall::core

#include "core/handover.hpp"

#include <algorithm>

namespace rollcall::core {
namespace {

constexpr base::WallTime kEver = base::WallTime::min();

std::optional<base::WallTime> earlier(std::optional<base::WallTime> a,
                                      std::optional<base::WallTime> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

}  // namespace

Handover::Handover(HandoverOptions options)
    : options_(options),
      primary_probing_{
          Backoff(options.probe_first, options.probe_most, options.seed), 0, false, {}},
      fallback_probing_{
          Backoff(options.probe_first, options.probe_most, options.seed + 1), 0, false, {}} {
  fallback_debt_.since = kEver;
}

Handover::State Handover::state() const {
  if (open_) return fallback_is_up() ? State::fallback : State::local;
  return is_filling() || both_ ? State::recovering : State::normal;
}

Tier Handover::answers() const {
  const bool fallback_knows = fallback_is_up() && !fallback_debt_.since;
  if (!open_ && !(stale_ && fallback_knows)) return Tier::primary;
  return fallback_is_up() ? Tier::fallback : Tier::local;
}

bool Handover::writes(Tier tier) const {
  if (tier == Tier::primary) return !open_;
  return tier == Tier::fallback && fallback_is_up() && (open_ || both_);
}

bool Handover::is_up(Tier tier) const {
  if (tier == Tier::primary) return !open_;
  return tier == Tier::local || fallback_is_up();
}

Certainty Handover::certainty(Tier answered, base::WallTime now) const {
  if (answered == Tier::local) return Certainty::at_least;
  if (options_.rules.settle && now < unsettled_until_) return Certainty::at_least;
  if (options_.has_fallback && !board_heard_) return Certainty::at_least;
  bool knows_all = false;
  if (answered == Tier::primary) {
    knows_all = !is_filling() && !primary_debt_.replaying && others_are_in_primary();
  } else {
    const bool is_seeded = others_seeded_ && now - seeded_at_ > options_.fallback_lag;
    knows_all = open_ && !fallback_debt_.since && (is_seeded || !options_.rules.await_seeding);
  }
  return knows_all ? Certainty::exact : Certainty::at_least;
}

void Handover::advance(base::WallTime now) {
  if (now - heard_at_ > options_.board_lease) note_others(false, true, now);
  const bool both = options_.has_fallback && (others_away_ || returning_ || now < both_until_);
  if (both_ && !both && !open_) fallback_debt_ = {kEver, std::nullopt, false, {}};
  both_ = both;
  look_whether_caught_up(now);
  note_state("both stores have been written for one ttl", now);
}

void Handover::succeeded(Tier tier, base::WallTime now) {
  if (tier != Tier::primary) return;
  late_ = 0;
  last_asked_ = now;
}

void Handover::failed(Tier tier, StoreFailure how, std::string_view reason, base::WallTime since,
                      base::WallTime now) {
  owe(debt(tier), since);
  if (tier == Tier::primary) {
    if (open_) return;
    if (how == StoreFailure::late && ++late_ < kLateLimit) {
      write_both_from(now);
      return note_state(reason, now);
    }
    return open(reason, now);
  }
  if (fallback_down_) return;
  fallback_down_ = true;
  fallback_probing_.backoff.reset();
  fallback_probing_.next = now + fallback_probing_.backoff.next();
  if (open_ || both_) unsettle(now);
  note_state(reason, now);
}

void Handover::missed(Tier tier, base::WallTime since) {
  owe(debt(tier), since);
}

void Handover::owe(Debt& debt, base::WallTime since) {
  auto& owed = debt.replaying ? debt.during : debt.since;
  owed = earlier(owed, since);
}

void Handover::lost(base::WallTime now) {
  if (!options_.rules.notice_loss) return;
  owe(primary_debt_, kEver);
  fill_from_start(now);
  note_state("the primary store lost its data", now);
}

void Handover::open(std::string_view reason, base::WallTime now) {
  open_ = true;
  late_ = 0;
  primary_probing_.good = 0;
  primary_probing_.backoff.reset();
  primary_probing_.next = now + primary_probing_.backoff.next();
  next_board_ = now;
  unsettle(now);
  note_state(reason, now);
}

void Handover::close(base::WallTime now) {
  open_ = false;
  returning_ = true;
  last_asked_ = now;
  fill_from_start(now);
  note_state("the primary store is back", now);
}

// The primary lacks what the shadow and the fallback have.
void Handover::fill_from_start(base::WallTime now) {
  stale_ = true;
  if (options_.has_fallback) pull_all_from(now);
  next_board_ = now;
  write_both_from(now);
  unsettle(now);
}

void Handover::write_both_from(base::WallTime now) {
  both_until_ = now + options_.ttl;
  both_ = options_.has_fallback;
}

void Handover::look_whether_caught_up(base::WallTime now) {
  if (open_ || !stale_ || primary_debt_.since) return;
  if (pull_owed_ && fallback_is_up()) return;
  stale_ = false;
  returning_ = false;
  next_board_ = now;
  note_state("the primary store has caught up", now);
}

bool Handover::take_probe(Tier tier, base::WallTime now) {
  Probing& probing = this->probing(tier);
  if (is_up(tier) || probing.under_way || now < probing.next) return false;
  if (tier == Tier::fallback && !options_.has_fallback) return false;
  probing.under_way = true;
  return true;
}

void Handover::probed(Tier tier, bool is_good, base::WallTime now) {
  Probing& probing = this->probing(tier);
  probing.under_way = false;
  if (is_up(tier)) return;
  if (!is_good) {
    probing.good = 0;
    probing.next = now + probing.backoff.next();
    return;
  }
  if (tier == Tier::fallback) {
    fallback_down_ = false;
    next_board_ = now;
    if (open_ || both_) unsettle(now);
    return note_state("the fallback store is back", now);
  }
  ++probing.good;
  if (probing.good >= (options_.rules.probe_twice ? kGoodProbes : 1)) return close(now);
  probing.next = now + options_.probe_first;
}

bool Handover::take_pulse(base::WallTime now) {
  if (open_ || now - last_asked_ < options_.pulse_every) return false;
  last_asked_ = now;
  return true;
}

bool Handover::wants_replay(Tier tier) const {
  if (tier == Tier::primary) return !open_;
  return fallback_is_up() && must_seed();
}

std::optional<base::WallTime> Handover::take_replay(Tier tier, base::WallTime now) {
  Debt& owed = debt(tier);
  if (!owed.since || owed.replaying || now < owed.next_try || !wants_replay(tier)) {
    return std::nullopt;
  }
  const bool is_ruled_out = tier == Tier::primary ? !options_.rules.replay_to_primary
                                                  : !options_.rules.replay_to_fallback;
  owed.replaying = true;
  if (!is_ruled_out) return owed.since;
  replayed(tier, true, now);
  return std::nullopt;
}

void Handover::replayed(Tier tier, bool is_whole, base::WallTime now) {
  Debt& owed = debt(tier);
  owed.replaying = false;
  owed.since = is_whole ? owed.during : earlier(owed.since, owed.during);
  owed.during.reset();
  if (!is_whole) owed.next_try = now + options_.retry_after;
  if (tier == Tier::fallback) replayed_at_ = now;
  look_whether_caught_up(now);
  note_state("the primary store has what it missed", now);
}

std::optional<Handover::Pass> Handover::take_pull(base::WallTime now) {
  if (!fallback_is_up() || open_ || pulling_ || now < next_pull_) return std::nullopt;
  if (!pull_owed_ && !others_away_) return std::nullopt;
  if (!options_.rules.pull) {
    pull_owed_ = false;
    pulled_from_ = now;
    look_whether_caught_up(now);
    return std::nullopt;
  }
  pulling_ = true;
  pull_began_ = now;
  return Pass{pull_from_start_};
}

void Handover::pulled(bool is_whole, base::WallTime now) {
  pulling_ = false;
  next_pull_ = now + (is_whole ? options_.pull_every : options_.retry_after);
  if (is_whole) {
    // One that began before the primary was back, or lost its data, says nothing.
    pull_owed_ = pull_owed_ && pull_began_ < fill_began_;
    pull_from_start_ = pull_owed_;
    pulled_from_ = pull_began_;
  }
  look_whether_caught_up(now);
}

// Only a pass of all that began from now on pays what is owed.
void Handover::pull_all_from(base::WallTime now) {
  pull_owed_ = true;
  pull_from_start_ = true;
  fill_began_ = now;
  next_pull_ = now;
}

void Handover::note_state(std::string_view reason, base::WallTime now) {
  const State to = state();
  if (to == told_state_) return;
  history_.push_back({now, told_state_, to, std::string(reason)});
  if (history_.size() > kHistory) history_.pop_front();
  ++changes_;
  told_state_ = to;
}

}  // namespace rollcall::core

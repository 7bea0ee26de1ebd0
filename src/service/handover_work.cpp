#include "service/handover_store.hpp"

#include <algorithm>
#include <utility>

// What a HandoverStore does unasked, at its ticks.
namespace rollcall::service {

using core::Tier;

void HandoverStore::work(base::WallTime now) {
  probe(Tier::primary, now);
  replay(Tier::primary, now);
  if (handover_.take_pulse(now)) count([](const base::Result<core::Answer>&) {});
  if (stores_.fallback == nullptr) return;
  probe(Tier::fallback, now);
  replay(Tier::fallback, now);
  look_at_board(now);
  if (const auto pass = handover_.take_pull(now)) {
    pull_->begin(pass->from_start, [this](const base::Status& status, Tier failed) {
      if (closed_) return;
      if (!status) note_failure(failed, status.error(), clock_.now());
      handover_.pulled(status.ok(), clock_.now());
      tell_changes();
    });
  }
}

void HandoverStore::probe(Tier tier, base::WallTime now) {
  if (!handover_.take_probe(tier, now)) return;
  store(tier).probe([this, tier](const base::Status& status) {
    if (closed_) return;
    handover_.probed(tier, status.ok(), clock_.now());
    tell_changes();
  });
}

void HandoverStore::replay(Tier tier, base::WallTime now) {
  Replay& replay = replay_into(tier);
  if (!handover_.wants_replay(tier)) replay.cancel();
  replay.tick();
  const auto since = handover_.take_replay(tier, now);
  if (!since) return;
  replay.begin(*since, [this, tier, since](const base::Status& status) {
    if (closed_) return;
    if (!status && handover_.wants_replay(tier)) note_failure(tier, status.error(), *since);
    handover_.replayed(tier, status.ok(), clock_.now());
    tell_changes();
  });
}

void HandoverStore::look_at_board(base::WallTime now) {
  const auto call = handover_.take_board(now);
  if (!call) return;
  stores_.board->exchange(options_.roster, options_.place, call->own,
                          [this, now](const base::Result<std::vector<core::OutageEntry>>& others) {
                            if (closed_) return;
                            if (others) {
                              handover_.heard(others.value(), clock_.now());
                            } else {
                              handover_.heard_nothing(clock_.now());
                              note_failure(Tier::fallback, others.error(), now);
                            }
                            tell_changes();
                          });
}

// Each change once.
void HandoverStore::tell_changes() {
  state_ = handover_.state();
  const auto& history = handover_.history();
  const std::uint64_t untold =
      handover_.changes() - std::exchange(told_changes_, handover_.changes());
  const std::size_t from = history.size() - std::min<std::size_t>(untold, history.size());
  for (std::size_t i = from; i < history.size(); ++i) on_change_(history[i]);
}

// All but what the shadow knows already. Also what other shards of this node will bring: they may
// be away for longer than this one.
bool HandoverStore::is_news(const core::Change& change) const {
  const auto seen = shadow_.find(change.member.text(), clock_.now());
  return change.leave || !seen || *seen < clock_.now() - change.age;
}

}  // namespace rollcall::service

#include "service/replay.hpp"

#include <utility>

namespace rollcall::service {

void Replay::begin(base::WallTime since, Done done) {
  since_ = since;
  done_ = std::move(done);
  at_ = 0;
  resets_ = shadow_.last_reset() && *shadow_.last_reset() >= since;
  step();
}

void Replay::tick() {
  if (done_ && !waiting_) step();
}

void Replay::cancel() {
  if (done_ && !waiting_) end(base::Error{base::Errc::unavailable, "cancelled", "not needed"});
}

void Replay::step() {
  const base::WallTime now = clock_.now();
  ports::Merge merge;
  if (std::exchange(resets_, false)) merge.reset_age = now - *shadow_.last_reset();
  if (at_ != core::kNoSlot) {
    auto page = shadow_.changes(at_, since_, ports::SharedRosterStore::kMostMerged, now);
    at_ = page.next;
    merge.changes = std::move(page.changes);
  }
  if (!with_leaves_) std::erase_if(merge.changes, [](const auto& change) { return change.leave; });
  if (merge.changes.empty() && !merge.reset_age) {
    if (at_ == core::kNoSlot) end(base::Done{});
    return;
  }
  transit_.make_older(merge.changes);
  waiting_ = true;
  const std::size_t changes = merge.changes.size();
  store_.merge(std::move(merge), [this, now, changes](base::Status status) {
    merged(std::move(status), now, changes);
  });
}

void Replay::merged(base::Status status, base::WallTime sent_at, std::size_t changes) {
  waiting_ = false;
  if (!status) return end(std::move(status));
  transit_.took(clock_.now() - sent_at);
  replayed_.add(changes);
  step();
}

void Replay::end(base::Status status) {
  std::exchange(done_, nullptr)(std::move(status));
}

}  // namespace rollcall::service

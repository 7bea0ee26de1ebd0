#include "service/pull.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace rollcall::service {

Pull::Pull(ports::SharedRosterStore& from, ports::SharedRosterStore& into,
           const base::Clock& clock, Wanted wanted, OnReset on_reset)
    : from_(from),
      into_(into),
      clock_(clock),
      wanted_(std::move(wanted)),
      on_reset_(std::move(on_reset)) {}

void Pull::begin(bool from_start, Done done) {
  done_ = std::move(done);
  pass_mark_ = from_start ? "" : mark_;
  cursor_.clear();
  read();
}

void Pull::read() {
  const base::WallTime now = clock_.now();
  from_.changes(pass_mark_, cursor_, [this, now](base::Result<ports::ChangesPage> page) {
    take(std::move(page), now);
  });
}

void Pull::take(base::Result<ports::ChangesPage> page, base::WallTime asked_at) {
  if (!page) return end(page.error(), core::Tier::fallback);
  transit_.took(clock_.now() - asked_at);
  read_at_ = clock_.now();
  waiting_ = std::move(page.value().changes);
  std::erase_if(waiting_, [this](const core::Change& change) { return !wanted_(change); });
  transit_.make_older(waiting_);
  reset_age_ = page.value().reset_age;
  cursor_ = std::move(page.value().next);
  next_mark_ = std::move(page.value().mark);
  if (reset_age_) on_reset_(*reset_age_);
  merge_next();
}

void Pull::merge_next() {
  if (waiting_.empty() && !reset_age_) {
    if (!cursor_.empty()) return read();
    mark_ = next_mark_;
    return end(base::Done{}, {});
  }
  const base::Millis since_read = clock_.now() - read_at_;
  ports::Merge merge;
  merge.is_filling = pass_mark_.empty();
  merge.reset_age = std::exchange(reset_age_, std::nullopt);
  if (merge.reset_age) *merge.reset_age += since_read;
  const std::size_t size = std::min(waiting_.size(), ports::SharedRosterStore::kMostMerged);
  const auto first = waiting_.end() - static_cast<std::ptrdiff_t>(size);
  merge.changes.assign(std::make_move_iterator(first), std::make_move_iterator(waiting_.end()));
  waiting_.erase(first, waiting_.end());
  for (core::Change& change : merge.changes) change.age += since_read;
  into_.merge(std::move(merge), [this, size](const base::Status& status) {
    if (!status) return end(status, core::Tier::primary);
    pulled_.add(size);
    merge_next();
  });
}

void Pull::end(const base::Status& status, core::Tier failed) {
  waiting_.clear();
  std::exchange(done_, nullptr)(status, failed);
}

}  // namespace rollcall::service

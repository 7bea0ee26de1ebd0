#include "service/refresh.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::service {

Refresh::Refresh(Options options, Roster& roster, Realtime& realtime, ports::TickClaim& claim,
                 const base::Clock& clock)
    : options_(std::move(options)),
      roster_(roster),
      realtime_(realtime),
      claim_(claim),
      clock_(clock),
      message_(core::make_text(options_.message)),
      interval_(interval_of(clock.now())) {}

// The same on every node whose clock is about right.
std::int64_t Refresh::interval_of(base::WallTime now) const {
  return now.time_since_epoch() / options_.every;
}

void Refresh::tick() {
  const base::WallTime now = clock_.now();
  if (const std::int64_t interval = interval_of(now); interval != interval_) begin(interval);
  if (active_) send_due(now);
}

void Refresh::begin(std::int64_t interval) {
  interval_ = interval;
  active_ = listing_ = false;
  waiting_.clear();
  roster_.count([this, interval](const base::Result<core::Answer>& answer) {
    if (answer && answer.value().online > 0) claim_interval(interval, answer.value().online);
  });
}

void Refresh::claim_interval(std::int64_t interval, std::uint64_t live) {
  const std::string name = options_.roster + ":" + std::to_string(interval);
  claim_.claim(name, options_.every, [this, interval, live](const base::Result<bool>& claimed) {
    if (!claimed || !claimed.value() || interval != interval_) return;
    active_ = true;
    began_ = clock_.now();
    expected_ = live;
    done_ = 0;
    list({});
  });
}

void Refresh::list(std::string cursor) {
  listing_ = true;
  roster_.list(std::move(cursor), kPage,
               [this, interval = interval_](base::Result<ports::MemberPage> page) {
                 if (interval != interval_) return;
                 listing_ = false;
                 if (!page) {
                   active_ = false;
                   return;
                 }
                 for (core::MemberId& member : page.value().members) {
                   waiting_.push_back(std::move(member));
                 }
                 next_page_ = std::move(page.value().next);
               });
}

void Refresh::send_due(base::WallTime now) {
  const double passed = static_cast<double>((now - began_).count());
  const double round = static_cast<double>(options_.every.count()) * kSpread;
  const double part = std::min(1.0, passed / round);
  const auto due = static_cast<std::uint64_t>(part * static_cast<double>(expected_)) + 1;
  while (done_ < due && !waiting_.empty()) {
    realtime_.send(std::move(waiting_.front()), message_, [](const base::Result<Delivery>&) {});
    waiting_.pop_front();
    ++done_;
    sent_.add();
  }
  // More are live than when the round began: they follow at once.
  if (part >= 1.0) expected_ = std::max(expected_, done_ + waiting_.size());
  if (!waiting_.empty() || listing_) return;
  if (next_page_.empty()) {
    active_ = false;
  } else {
    list(std::exchange(next_page_, {}));
  }
}

}  // namespace rollcall::service

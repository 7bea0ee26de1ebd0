#include "sim/roster_server.hpp"

#include <algorithm>

namespace rollcall::sim {
namespace {

std::string text_of(base::WallTime time) {
  return std::to_string(time.time_since_epoch().count());
}

base::WallTime time_of(const std::string& text) {
  return base::WallTime(base::Millis(std::stoll(text)));
}

}  // namespace

RosterServer::RosterServer(const Schedule& schedule, ServerKind kind, base::Millis ttl,
                           base::Millis skew)
    : schedule_(schedule), kind_(kind), ttl_(ttl), skew_(skew) {}

bool RosterServer::is_live(const Register& member) const {
  return member.touch > std::max(member.leave, data_.reset_at) && now() - member.touch <= ttl_;
}

// A copy of a touch may be early, one of a leave late.
void RosterServer::change(const core::Change& change, base::WallTime called) {
  if (data_.epoch == 0) data_.epoch = next_epoch_++;
  Register& member = data_.members[number_of(change.member)];
  const base::WallTime overtaken = std::max(member.leave, data_.reset_at);
  if (change.age > base::Millis(0)) {
    const base::WallTime at = (change.leave ? now() : std::min(called, now())) - change.age;
    base::WallTime& kept = change.leave ? member.leave : member.touch;
    kept = std::max(kept, at);
  } else if (change.leave) {
    const base::WallTime seen = std::min(member.touch, now() + kLead);
    member.leave = std::max({member.leave, now(), seen});
  } else {
    const base::WallTime after = std::min(overtaken + base::Millis(1), now() + kLead);
    member.touch = std::max({member.touch, now(), after});
  }
}

void RosterServer::merge(const ports::Merge& merge, base::WallTime called) {
  if (merge.reset_age) data_.reset_at = std::max(data_.reset_at, now() - *merge.reset_age);
  for (const core::Change& each : merge.changes) change(each, called);
  if (kind_ == ServerKind::redis && merge.is_filling) data_.merging_until = now() + kMergingMark;
}

void RosterServer::reset() {
  if (data_.epoch == 0) data_.epoch = next_epoch_++;
  data_.reset_at = std::max(data_.reset_at, now());
  for (const Register& member : data_.members) {
    if (is_live(member)) data_.reset_at = std::max(data_.reset_at, member.touch);
  }
}

Members RosterServer::live() const {
  Members live;
  for (std::size_t i = 0; i < kMostMembers; ++i) live[i] = is_live(data_.members[i]);
  return live;
}

// A cursor is when the pass began, and the member to go on with.
ports::ChangesPage RosterServer::changes(const std::string& mark,
                                         const std::string& cursor) const {
  ports::ChangesPage page;
  if (kind_ == ServerKind::redis) return page;
  const std::size_t slash = cursor.find('/');
  const base::WallTime began = cursor.empty() ? now() : time_of(cursor.substr(0, slash));
  const base::WallTime from = mark.empty() ? began - ttl_ : time_of(mark);
  const std::size_t first = cursor.empty() ? 0 : std::stoul(cursor.substr(slash + 1));
  const std::size_t end = std::min(first + kMembersAPage, kMostMembers);
  for (std::size_t i = first; i < end; ++i) {
    const Register& member = data_.members[i];
    const bool has_left = member.leave >= member.touch;
    const base::WallTime at = has_left ? member.leave : member.touch;
    if (at < from) continue;
    page.changes.push_back({member_of(i), has_left, std::max(now() - at, base::Millis(0))});
  }
  if (data_.reset_at >= from) page.reset_age = std::max(now() - data_.reset_at, base::Millis(0));
  if (end < kMostMembers) page.next = text_of(began) + "/" + std::to_string(end);
  if (end == kMostMembers) page.mark = text_of(began - kOverlap);
  return page;
}

std::vector<core::OutageEntry> RosterServer::exchange(
    const std::string& place, const std::optional<core::OutageEntry>& own) {
  std::erase_if(board_, [&](const auto& leased) { return leased.second.until < now(); });
  if (own) {
    board_[place] = {*own, now() + base::Millis(10'000)};
  } else {
    board_.erase(place);
  }
  std::vector<core::OutageEntry> others;
  for (const auto& [each, leased] : board_) {
    if (each != place) others.push_back(leased.entry);
  }
  return others;
}

void RosterServer::cut_all() {
  ++connection_;
  waiting_.clear();
}

void RosterServer::set_state(ServerState state) {
  if (state == ServerState::down) cut_all();
  const bool goes_on = state_ == ServerState::hung && state != ServerState::hung;
  state_ = state;
  if (!goes_on) return;
  const auto waiting = std::move(waiting_);
  waiting_.clear();
  for (const auto& request : waiting) request();
}

void RosterServer::wipe() {
  data_ = {};
  losses_.push_back({base::WallTime{}, schedule_.now()});
}

void RosterServer::restart_empty() {
  cut_all();
  ++run_;
  copies_.clear();
  wipe();
}

void RosterServer::fail_over() {
  if (copies_.empty()) return restart_empty();
  cut_all();
  ++run_;
  data_ = copies_.front().data;
  losses_.push_back({copies_.front().at, schedule_.now()});
  copies_.clear();
}

void RosterServer::keep_copy() {
  copies_.push_back({schedule_.now(), data_});
  if (copies_.size() > kCopies) copies_.pop_front();
}

bool RosterServer::has_kept(base::WallTime from, base::WallTime to) const {
  return std::ranges::none_of(
      losses_, [&](const Loss& loss) { return loss.from <= to && from <= loss.to; });
}

}  // namespace rollcall::sim

#include "service/presence.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::service {

Presence::Presence(Options options, core::Hub& hub, Relay& relay, Watchers& watchers,
                   ports::PresenceStore& store, const base::Clock& clock)
    : options_(options),
      hub_(hub),
      relay_(relay),
      watchers_(watchers),
      store_(store),
      clock_(clock),
      heard_from_store_(clock.now()) {}

void Presence::join(const core::UserId& user, core::Attachment attachment,
                    Reply<std::uint32_t> reply) {
  core::HubUser& entry = hub_.at(user);
  if (entry.connections.size() >= options_.connections_per_user) {
    counters_.limit_refusals.add();
    drop_if_idle(user);
    return reply(base::Error{base::Errc::overloaded, "connection_limit",
                             "the user has as many connections as a user may"});
  }
  const core::ConnectionRef connection = attachment.ref;
  entry.connections.push_back(attachment);
  entry.absent = false;
  entry.reason = core::Reason::connected;
  joining_[user].push_back(
      {connection, std::move(reply), clock_.now() + kJoinPatience, false, false});
  relay_.attend(user, [this, user, connection] { join_attended(user, connection); });
  say(user, entry);
}

void Presence::leave(const core::UserId& user, core::ConnectionRef connection,
                     core::Reason reason) {
  core::HubUser* entry = hub_.find(user);
  if (entry == nullptr || !entry->remove(connection)) return;
  entry->reason = reason;
  if (const auto joining = joining_.find(user); joining != joining_.end()) {
    std::erase_if(joining->second, [&](const Joining& j) { return j.connection == connection; });
    if (joining->second.empty()) joining_.erase(joining);
  }
  say(user, *entry);
}

void Presence::pong(const core::UserId& user, core::ConnectionRef connection) {
  core::HubUser* entry = hub_.find(user);
  core::Attachment* attachment = entry == nullptr ? nullptr : entry->find(connection);
  if (attachment == nullptr) return;
  attachment->last_pong = clock_.now();
  if (!entry->saying) say(user, *entry);
}

void Presence::set_away(const core::UserId& user, core::ConnectionRef connection, bool away) {
  core::HubUser* entry = hub_.find(user);
  core::Attachment* attachment = entry == nullptr ? nullptr : entry->find(connection);
  if (attachment == nullptr || attachment->away == away) return;
  attachment->away = away;
  say(user, *entry);
}

base::Millis Presence::grace_after(core::Reason reason) const {
  if (reason == core::Reason::kicked) return base::Millis(0);
  return reason == core::Reason::drained ? options_.drain_grace : options_.offline_grace;
}

// One word to the store at a time for each user: what changes meanwhile is said afterwards.
void Presence::say(const core::UserId& user, core::HubUser& entry) {
  if (std::exchange(entry.saying, true)) {
    entry.say_again = true;
    return;
  }
  ports::Holding holding{user,
                         static_cast<std::uint32_t>(entry.connections.size()),
                         entry.away(),
                         entry.reason,
                         grace_after(entry.reason),
                         joining_.contains(user) ? options_.connections_per_user : 0};
  ++open_calls_;
  store_.hold(std::move(holding), [this, user](const base::Result<ports::Standing>& answer) {
    said(user, answer);
    call_ended();
  });
}

void Presence::said(const core::UserId& user, const base::Result<ports::Standing>& answer) {
  core::HubUser* entry = hub_.find(user);
  if (entry == nullptr) return;
  entry->saying = false;
  bool again = std::exchange(entry->say_again, false);
  if (answer) {
    heard_from_store_ = clock_.now();
    entry->unsaid = false;
    watchers_.take(user, *entry, answer.value());
    const bool gone = answer.value().settle_in.count() > 0 && entry->connections.empty();
    if (gone) wait_to_settle(user, *entry, answer.value().settle_in);
    if (!again) join_said(user, answer.value().connections);
  } else if (answer.error().code == "connection_limit") {
    refuse_newest(user, *entry, answer.error());
    again = true;
  } else {
    failed(user, *entry);
  }
  if (again) return say(user, *entry);
  drop_if_idle(user);
}

void Presence::refuse_newest(const core::UserId& user, core::HubUser& entry,
                             const base::Error& error) {
  const auto joining = joining_.find(user);
  if (joining == joining_.end()) return;
  const Joining newest = std::move(joining->second.back());
  joining->second.pop_back();
  if (joining->second.empty()) joining_.erase(joining);
  counters_.limit_refusals.add();
  entry.remove(newest.connection);
  newest.reply(error);
}

bool Presence::store_is_long_silent() const {
  return clock_.now() - heard_from_store_ > options_.presence_ttl;
}

// It is said again later, also of a user who has gone: the store may apply what it did not answer.
void Presence::failed(const core::UserId& user, core::HubUser& entry) {
  counters_.store_failures.add();
  const bool gone = entry.connections.empty();
  const bool given_up = gone && to_say_.size() >= kWaitingToSay;
  const bool waits = std::exchange(entry.unsaid, !given_up);
  if (entry.unsaid && !waits) to_say_.emplace_back(clock_.now() + kRetry, user);
  if (!gone || store_is_long_silent()) watchers_.tell_own(user, entry, entry.reason);
  join_said(user, static_cast<std::uint32_t>(entry.connections.size()));
}

void Presence::wait_to_settle(const core::UserId& user, core::HubUser& entry, base::Millis wait) {
  entry.absent = true;
  settling_.emplace(clock_.now() + wait, user);
}

void Presence::settle(const core::UserId& user) {
  const core::HubUser* entry = hub_.find(user);
  if (entry == nullptr || !entry->absent) return;
  ++open_calls_;
  store_.settle(user, [this, user](const base::Result<ports::Standing>& answer) {
    settled(user, answer);
    call_ended();
  });
}

void Presence::settled(const core::UserId& user, const base::Result<ports::Standing>& answer) {
  core::HubUser* entry = hub_.find(user);
  if (entry == nullptr || !entry->absent) return;
  entry->absent = false;
  if (answer) {
    watchers_.take(user, *entry, answer.value());
    const base::Millis wait = answer.value().settle_in;
    if (wait.count() > 0) wait_to_settle(user, *entry, wait);
  } else if (store_is_long_silent()) {
    watchers_.tell_own(user, *entry, entry->reason);
  } else {
    wait_to_settle(user, *entry, kRetry);
  }
  drop_if_idle(user);
}

void Presence::join_attended(const core::UserId& user, core::ConnectionRef connection) {
  const auto joining = joining_.find(user);
  if (joining == joining_.end()) return;
  bool all_said = true;
  for (Joining& join : joining->second) {
    if (join.connection == connection) join.attended = true;
    all_said = all_said && join.said;
  }
  core::HubUser* entry = hub_.find(user);
  if (!all_said || entry == nullptr) return;
  answer_joined(user, static_cast<std::uint32_t>(entry->connections.size()));
}

void Presence::join_said(const core::UserId& user, std::uint32_t connections) {
  const auto joining = joining_.find(user);
  if (joining == joining_.end()) return;
  for (Joining& join : joining->second) join.said = true;
  answer_joined(user, connections);
}

void Presence::answer_joined(const core::UserId& user, std::uint32_t connections) {
  const auto joining = joining_.find(user);
  if (joining == joining_.end()) return;
  JoinList answered;
  for (Joining& join : joining->second) {
    if (join.attended && join.said) answered.push_back(std::move(join));
  }
  std::erase_if(joining->second, [](const Joining& join) { return join.attended && join.said; });
  if (joining->second.empty()) joining_.erase(joining);
  for (Joining& join : answered) join.reply(connections);
}

// A store that hangs holds nobody up.
void Presence::give_up_waiting() {
  const base::WallTime now = clock_.now();
  std::vector<core::UserId> late;
  for (auto& [user, joins] : joining_) {
    for (Joining& join : joins) {
      if (join.deadline > now) continue;
      join.attended = join.said = true;
      late.push_back(user);
    }
  }
  for (const core::UserId& user : late) {
    core::HubUser* entry = hub_.find(user);
    const std::size_t connections = entry == nullptr ? 0 : entry->connections.size();
    answer_joined(user, static_cast<std::uint32_t>(connections));
  }
}

void Presence::say_all_again() {
  to_say_.clear();
  const base::WallTime now = clock_.now();
  for (const core::UserId& user : hub_.users()) {
    const core::HubUser* entry = hub_.find(user);
    if (!entry->connections.empty() || entry->unsaid) to_say_.emplace_back(now, user);
  }
}

void Presence::tick() {
  const base::WallTime now = clock_.now();
  while (!settling_.empty() && settling_.begin()->first <= now) {
    const core::UserId user = settling_.begin()->second;
    settling_.erase(settling_.begin());
    settle(user);
  }
  for (std::size_t i = 0; i < kSaidPerTick; ++i) {
    if (to_say_.empty() || to_say_.front().first > now) break;
    const core::UserId user = std::move(to_say_.front().second);
    to_say_.pop_front();
    core::HubUser* entry = hub_.find(user);
    if (entry == nullptr) continue;
    entry->unsaid = false;
    if (!entry->saying) say(user, *entry);
  }
  if (!joining_.empty()) give_up_waiting();
}

void Presence::drop_if_idle(const core::UserId& user) {
  if (hub_.drop_if_idle(user)) relay_.part(user);
}

void Presence::when_quiet(std::function<void()> quiet) {
  quiet_ = std::move(quiet);
  if (open_calls_ == 0) std::exchange(quiet_, nullptr)();
}

void Presence::call_ended() {
  if (--open_calls_ == 0 && quiet_) std::exchange(quiet_, nullptr)();
}

}  // namespace rollcall::service

#include "service/watchers.hpp"

#include "core/protocol.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::service {
namespace {

core::Status status_of(const core::HubUser& entry) {
  if (entry.connections.empty()) return core::Status::offline;
  return entry.away() == entry.connections.size() ? core::Status::away : core::Status::online;
}

}  // namespace

// Waits until this shard hears of each user, then asks the store for all.
struct Watchers::Question {
  std::vector<core::UserId> users;
  core::ConnectionRef watcher;
  Reply<Statuses> reply;
  std::size_t awaited = 0;
  std::vector<core::UserId> withdrawn;  // unwatched before the answer
};

void Watchers::watch(std::vector<core::UserId> users, core::ConnectionRef watcher,
                     Reply<Statuses> reply) {
  auto question =
      std::make_shared<Question>(Question{std::move(users), watcher, std::move(reply), 0, {}});
  open_.push_back(question);
  question->awaited = question->users.size() + 1;
  const auto attended = [this, question] {
    if (--question->awaited == 0) look_up(question);
  };
  for (const core::UserId& user : question->users) {
    ++hub_.at(user).expected;
    relay_.attend(user, attended);
  }
  attended();
}

void Watchers::look_up(const std::shared_ptr<Question>& question) {
  store_.look_up(question->users,
                 [this, question](const base::Result<std::vector<ports::Standing>>& found) {
                   open_.remove(question);
                   answer(*question, found);
                 });
}

void Watchers::answer(Question& question,
                      const base::Result<std::vector<ports::Standing>>& found) {
  Statuses statuses;
  for (std::size_t i = 0; i < question.users.size(); ++i) {
    const core::UserId& user = question.users[i];
    core::HubUser& entry = hub_.at(user);
    --entry.expected;
    if (found) {
      take(user, entry, found.value()[i]);
    } else if (!entry.heard) {
      tell_own(user, entry, core::Reason::connected);
    }
    statuses.emplace_back(user, entry.told);
    const bool withdrawn = std::ranges::find(question.withdrawn, user) != question.withdrawn.end();
    const bool known = std::ranges::find(entry.watchers, question.watcher) != entry.watchers.end();
    if (!withdrawn && !known) entry.watchers.push_back(question.watcher);
    if (withdrawn) drop_if_idle(user);
  }
  question.reply(std::move(statuses));
}

void Watchers::unwatch(const std::vector<core::UserId>& users, core::ConnectionRef watcher) {
  for (const auto& question : open_) {
    if (question->watcher != watcher) continue;
    question->withdrawn.insert(question->withdrawn.end(), users.begin(), users.end());
  }
  for (const core::UserId& user : users) {
    core::HubUser* entry = hub_.find(user);
    if (entry == nullptr) continue;
    std::erase(entry->watchers, watcher);
    if (entry->watchers.empty()) entry->watchers.shrink_to_fit();
    drop_if_idle(user);
  }
}

void Watchers::drop_if_idle(const core::UserId& user) {
  if (hub_.drop_if_idle(user)) relay_.part(user);
}

void Watchers::heard(const core::PresenceEvent& event) {
  core::HubUser* entry = hub_.find(event.user);
  if (entry == nullptr || (entry->heard && event.seq <= entry->seq)) return;
  entry->seq = event.seq;
  entry->heard = true;
  tell(event.user, *entry, event.status, event.reason, event.at);
}

void Watchers::take(const core::UserId& user, core::HubUser& entry,
                    const ports::Standing& standing, bool settled) {
  if (standing.event) return heard(*standing.event);
  const bool forgotten = standing.seq == 0 && settled;
  if (entry.heard && standing.seq < entry.seq && !forgotten) return;
  entry.seq = std::max(entry.seq, standing.seq);
  entry.heard = true;
  const bool gone = standing.status == core::Status::offline;
  tell(user, entry, standing.status, gone ? core::Reason::closed : core::Reason::connected,
       clock_.now());
}

void Watchers::tell_own(const core::UserId& user, core::HubUser& entry, core::Reason reason) {
  const core::Status status = status_of(entry);
  if (status == entry.told) return;
  const base::WallTime now = clock_.now();
  entry.seq = entry.seq > 0 ? entry.seq + 1 : now.time_since_epoch().count();
  entry.heard = false;  // the store's word goes before this
  const bool gone = status == core::Status::offline;
  tell(user, entry, status, gone ? reason : core::Reason::connected, now);
}

void Watchers::tell(const core::UserId& user, core::HubUser& entry, core::Status status,
                    core::Reason reason, base::WallTime at) {
  if (status == entry.told) return;
  entry.told = status;
  if (entry.watchers.empty()) return;
  const core::MessagePtr text = core::make_text(
      core::presence_text(core::PresenceEvent{user, status, reason, at, entry.seq}));
  for (const core::ConnectionRef& watcher : entry.watchers) relay_.tell(watcher, text);
  told_.add(entry.watchers.size());
}

void Watchers::look_again(base::Millis settled_after) {
  const base::WallTime now = clock_.now();
  looks_.clear();
  std::vector<Look> later;
  for (const core::UserId& user : hub_.users()) {
    if (hub_.find(user)->watchers.empty()) continue;
    looks_.push_back({now, false, user});
    later.push_back({now + settled_after, true, user});
  }
  looks_.insert(looks_.end(), later.begin(), later.end());
}

void Watchers::tick() {
  std::vector<Look> due;
  const base::WallTime now = clock_.now();
  while (!looks_.empty() && looks_.front().due <= now && due.size() < kUsersPerLook) {
    due.push_back(std::move(looks_.front()));
    looks_.pop_front();
  }
  if (!due.empty()) look_at(std::move(due));
}

void Watchers::look_at(std::vector<Look> looks) {
  std::vector<core::UserId> users;
  for (const Look& look : looks) users.push_back(look.user);
  store_.look_up(std::move(users), [this, looks = std::move(looks)](
                                       const base::Result<std::vector<ports::Standing>>& found) {
    for (std::size_t i = 0; found && i < looks.size(); ++i) {
      core::HubUser* entry = hub_.find(looks[i].user);
      const ports::Standing& standing = found.value()[i];
      const bool believed = looks[i].settled || standing.status != core::Status::offline;
      if (entry != nullptr && believed) take(looks[i].user, *entry, standing, looks[i].settled);
    }
  });
}

}  // namespace rollcall::service

#include "adapters/memory/presence_store.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace rollcall::memory {
namespace {

constexpr core::Place kHere = 0;

core::Claim claim_of(const ports::Holding& holding) {
  return {holding.connections, holding.away, holding.reason, holding.grace, holding.limit};
}

ports::Standing standing_of(const core::PresenceRecord& record, base::WallTime now) {
  return {record.status(), record.seq(),          record.connections(),
          record.places(), record.settle_in(now), std::nullopt};
}

}  // namespace

MemoryPresenceStore::MemoryPresenceStore(MemoryPresenceOptions options, const base::Clock& clock)
    : options_(options), clock_(clock) {}

void MemoryPresenceStore::hold(ports::Holding holding, ports::Reply<ports::Standing> reply) {
  if (holding.connections == 0 && !records_.contains(holding.user.text())) {
    return reply(ports::Standing{});
  }
  auto record = find_or_add(holding.user);
  if (!record) return reply(std::move(record).error());
  const auto now = clock_.now();
  auto event = record.value()->second.claim(kHere, claim_of(holding), now);
  const ports::Standing standing =
      conclude(record.value(), holding.user, event ? event.value() : std::nullopt, now);
  if (!event) return reply(std::move(event).error());
  reply(standing);
}

void MemoryPresenceStore::settle(core::UserId user, ports::Reply<ports::Standing> reply) {
  const auto record = records_.find(user.text());
  if (record == records_.end()) return reply(ports::Standing{});
  const auto now = clock_.now();
  const auto event = record->second.settle(now);
  reply(conclude(record, user, event, now));
}

void MemoryPresenceStore::look_up(std::vector<core::UserId> users,
                                  ports::Reply<std::vector<ports::Standing>> reply) {
  const auto now = clock_.now();
  std::vector<ports::Standing> standings(users.size());
  for (std::size_t i = 0; i < users.size(); ++i) {
    const auto record = records_.find(users[i].text());
    if (record != records_.end()) standings[i] = standing_of(record->second, now);
  }
  reply(std::move(standings));
}

void MemoryPresenceStore::list(std::string cursor, std::size_t limit,
                               ports::Reply<ports::UserPage> reply) {
  if (!cursor.empty() && !core::UserId::parse(cursor).ok()) {
    return reply(base::Error{base::Errc::invalid_argument, "invalid_cursor",
                             "the cursor is not one that this list gave"});
  }
  ports::UserPage page;
  auto record = records_.upper_bound(cursor);
  for (; record != records_.end() && page.users.size() < limit; ++record) {
    page.users.push_back(core::UserId::parse(record->first.view()).value());
  }
  if (record != records_.end() && !page.users.empty()) page.next = page.users.back().text();
  reply(std::move(page));
}

base::Result<MemoryPresenceStore::Records::iterator> MemoryPresenceStore::find_or_add(
    const core::UserId& user) {
  const auto found = records_.find(user.text());
  if (found != records_.end()) return found;
  if (records_.size() >= options_.max_users) {
    return base::Error{base::Errc::overloaded, "presence_full", "too many users are present"};
  }
  return records_
      .emplace(std::piecewise_construct, std::forward_as_tuple(std::string_view(user.text())),
               std::forward_as_tuple(latest_seq_))
      .first;
}

ports::Standing MemoryPresenceStore::conclude(Records::iterator record, const core::UserId& user,
                                              std::optional<core::PresenceRecord::Event> event,
                                              base::WallTime now) {
  ports::Standing standing = standing_of(record->second, now);
  if (event) {
    standing.event = core::PresenceEvent{user, event->status, event->reason, now, event->seq};
  }
  if (standing.status == core::Status::offline) {
    latest_seq_ = std::max(latest_seq_, standing.seq);
    records_.erase(record);
  }
  return standing;
}

}  // namespace rollcall::memory

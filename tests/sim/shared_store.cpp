#include "sim/shared_store.hpp"

namespace rollcall::sim {

core::PresenceRecord& SharedStore::record(const core::UserId& user) {
  Entry& entry = entries_[user];
  if (entry.expires <= schedule_.now()) entry.record = core::PresenceRecord();
  entry.expires = schedule_.now() + kTtl;
  return entry.record;
}

std::optional<core::PresenceEvent> SharedStore::name(
    const core::UserId& user, const std::optional<core::PresenceRecord::Event>& event) {
  if (!event) return std::nullopt;
  return core::PresenceEvent{user, event->status, event->reason, schedule_.now(), event->seq};
}

ports::Standing SharedStore::stand(const core::UserId& user,
                                   const std::optional<core::PresenceRecord::Event>& event) {
  const core::PresenceRecord& known = record(user);
  ports::Standing standing;
  standing.status = known.status();
  standing.seq = known.seq();
  standing.connections = known.connections();
  standing.places = known.places();
  standing.settle_in = known.settle_in(schedule_.now());
  standing.event = name(user, event);
  return standing;
}

base::Result<ports::Standing> SharedStore::hold(core::Place node, const ports::Holding& holding) {
  nodes_[node].index.insert(holding.user);
  const core::Claim claim{holding.connections, holding.away, holding.reason, holding.grace,
                          holding.limit};
  auto event = record(holding.user).claim(node, claim, schedule_.now());
  if (!event) return std::move(event).error();
  return stand(holding.user, event.value());
}

ports::Standing SharedStore::settle(core::Place node, const core::UserId& user) {
  const auto event = record(user).settle(schedule_.now());
  const bool waits = record(user).in_grace();
  if (record(user).connections_at(node) == 0 && !waits) nodes_[node].index.erase(user);
  return stand(user, event);
}

ports::Standing SharedStore::look_up(const core::UserId& user) {
  const auto found = entries_.find(user);
  if (found == entries_.end() || found->second.expires <= schedule_.now()) return {};
  const base::WallTime expires = found->second.expires;
  ports::Standing standing = stand(user, std::nullopt);
  found->second.expires = expires;  // looking renews nothing
  return standing;
}

bool SharedStore::renew(core::Place node) {
  Node& kept = nodes_[node];
  const bool lived = kept.lease_until > schedule_.now();
  kept.lease_until = schedule_.now() + kLease;
  return lived;
}

void SharedStore::resign(core::Place node) {
  nodes_[node].lease_until = {};
}

std::vector<core::PresenceEvent> SharedStore::reap() {
  std::vector<core::PresenceEvent> events;
  for (auto node = nodes_.begin(); node != nodes_.end();) {
    if (node->second.lease_until > schedule_.now()) {
      ++node;
      continue;
    }
    std::erase_if(node->second.index, [&](const core::UserId& user) {
      const auto is_dead = [&](core::Place place) { return place == node->first; };
      const auto event = record(user).reap(is_dead, schedule_.now());
      if (event) events.push_back(*name(user, event));
      return !record(user).in_grace();
    });
    node = node->second.index.empty() ? nodes_.erase(node) : std::next(node);
  }
  return events;
}

void SharedStore::go_on() {
  for (const auto& apply : std::exchange(sent_, {})) apply();
}

void SharedStore::wipe() {
  entries_.clear();
  nodes_.clear();
}

}  // namespace rollcall::sim

#include "core/roster.hpp"

#include <algorithm>
#include <string>

namespace rollcall::core {

Roster::Roster(base::Millis ttl, std::size_t max_members, MemberHash hash)
    : ttl_(ttl),
      max_members_(std::min(max_members, MemberSlab::kMaxSlots)),
      hash_(hash),
      index_(kIndexParts, Index(0, PlaceHash{}, PlaceEqual{&slab_})) {}

base::Result<Slot> Roster::touch(std::string_view member, base::WallTime last_seen,
                                 base::WallTime now) {
  last_seen = std::min(last_seen, now);
  const bool is_fresh = last_seen == now;
  if (is_past(last_seen, now)) return kNoSlot;
  if (!is_fresh && reset_at_ && last_seen <= *reset_at_) return kNoSlot;

  const Hashed key = hashed(member);
  Slot slot = slot_of(key);
  if (slot == kNoSlot) {
    slot = make_room_and_acquire(key);
    if (slot == kNoSlot) {
      return base::Error{
          base::Errc::overloaded, "roster_full",
          "the roster holds its limit of " + std::to_string(max_members_) + " members"};
    }
  } else {
    const SlabEntry& entry = slab_[slot];
    const bool has_left = entry.standing == Standing::left;
    if (has_left && !is_fresh && last_seen <= entry.since) return kNoSlot;
    if (!has_left && last_seen <= entry.since) return slot;
  }
  stand(slot, Standing::live, last_seen);
  return slot;
}

bool Roster::has_room_for(std::string_view member) const {
  if (slab_.in_use() < max_members_ || left_.oldest() != kNoSlot) return true;
  return slot_of(hashed(member)) != kNoSlot;
}

void Roster::leave(std::string_view member, base::WallTime at, base::WallTime now) {
  if (is_past(at, now)) return;
  const Hashed key = hashed(member);
  Slot slot = slot_of(key);
  if (slot != kNoSlot && at < now && slab_[slot].since > at) return;
  if (slot == kNoSlot) slot = make_room_and_acquire(key);
  if (slot != kNoSlot) stand(slot, Standing::left, at);
}

void Roster::reset(base::WallTime now) {
  for (Index& part : index_) part.clear();
  live_.clear();
  left_.clear();
  slab_.clear();
  reset_at_ = now;
}

void Roster::reset_at(base::WallTime at) {
  if (reset_at_ && *reset_at_ >= at) return;
  reset_at_ = at;
  forget_until(live_, at);
  forget_until(left_, at);
}

std::size_t Roster::count(base::WallTime now) const {
  std::size_t expired = 0;
  Slot slot = live_.oldest();
  while (slot != kNoSlot && is_past(slab_[slot].since, now)) {
    ++expired;
    slot = slab_[slot].newer;
  }
  return live_.size() - expired;
}

std::optional<base::WallTime> Roster::find(std::string_view member, base::WallTime now) const {
  const Slot slot = slot_of(hashed(member));
  if (slot == kNoSlot) return std::nullopt;
  const SlabEntry& entry = slab_[slot];
  if (entry.standing != Standing::live || is_past(entry.since, now)) return std::nullopt;
  return entry.since;
}

RosterPage Roster::list(Slot from, std::size_t limit, base::WallTime now) const {
  RosterPage page;
  const Slot end = slab_.end();
  Slot slot = from;
  for (std::size_t visited = 0; slot < end && visited < kSlotsAPage; ++slot, ++visited) {
    const SlabEntry& entry = slab_[slot];
    if (entry.standing != Standing::live || is_past(entry.since, now)) continue;
    if (page.members.size() == limit) break;
    page.members.push_back(entry.text.view());
  }
  if (slot < end) page.next = slot;
  return page;
}

RosterChanges Roster::changes(Slot from, base::WallTime since, std::size_t limit,
                              base::WallTime now) const {
  RosterChanges found;
  const Slot end = slab_.end();
  Slot slot = from;
  for (std::size_t visited = 0; slot < end && visited < kSlotsAPage; ++slot, ++visited) {
    const SlabEntry& entry = slab_[slot];
    if (entry.standing == Standing::absent || entry.since < since) continue;
    if (is_past(entry.since, now)) continue;
    if (found.changes.size() == limit) break;
    found.changes.push_back({MemberId::parse(entry.text.view()).value(),
                             entry.standing == Standing::left, now - entry.since});
  }
  if (slot < end) found.next = slot;
  return found;
}

const SlabEntry* Roster::at(Slot slot) const {
  return slot < slab_.end() ? &slab_[slot] : nullptr;
}

Slot Roster::slot_of(const Hashed& member) const {
  const Index& members = part(member.hash);
  const auto place = members.find(member);
  return place == members.end() ? kNoSlot : place->slot;
}

Slot Roster::stale(const MemberQueue& queue, base::WallTime now) const {
  const Slot slot = queue.oldest();
  return slot != kNoSlot && is_past(slab_[slot].since, now) ? slot : kNoSlot;
}

// When full, the oldest remembered leave makes room; kNoSlot when all are live.
Slot Roster::make_room_and_acquire(const Hashed& member) {
  if (slab_.in_use() >= max_members_) {
    if (left_.oldest() == kNoSlot) return kNoSlot;
    forget(left_.oldest());
  }
  const Slot slot = slab_.acquire(member.text);
  part(member.hash).insert({slot, half(member.hash)});
  return slot;
}

void Roster::stand(Slot slot, Standing standing, base::WallTime since) {
  SlabEntry& entry = slab_[slot];
  if (entry.standing != Standing::absent) queue_of(entry.standing).remove(slot);
  entry.standing = standing;
  entry.since = since;
  queue_of(standing).insert(slot);
}

void Roster::forget(Slot slot) {
  queue_of(slab_[slot].standing).remove(slot);
  const Hashed key = hashed(slab_[slot].text.view());
  part(key.hash).erase(Place{slot, half(key.hash)});
  slab_.release(slot);
}

void Roster::forget_until(const MemberQueue& queue, base::WallTime last) {
  while (queue.oldest() != kNoSlot && slab_[queue.oldest()].since <= last) forget(queue.oldest());
}

}  // namespace rollcall::core

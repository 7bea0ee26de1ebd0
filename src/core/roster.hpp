#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "core/change.hpp"
#include "core/member.hpp"
#include "core/member_slab.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_set.hpp>

namespace rollcall::core {

struct RosterPage {
  std::vector<std::string_view> members;  // good until the roster changes
  Slot next = kNoSlot;                    // where to go on; kNoSlot at the end
};

struct RosterChanges {
  std::vector<Change> changes;  // at most one a member
  Slot next = kNoSlot;          // where to go on; kNoSlot at the end
};

// A roster in memory. A member is live if and only if now - last_seen <= ttl and it has not left
// since. Touching, leaving and counting cost the same at any size. Whoever left is remembered for
// one ttl, so that a late report of an older touch does not bring it back.
//
// `now` never goes backwards. Used by one thread.
class Roster {
 public:
  // Of live members, and of remembered leaves in the room that those leave.
  Roster(base::Millis ttl, std::size_t max_members, MemberHash hash);
  Roster(const Roster&) = delete;
  Roster& operator=(const Roster&) = delete;

  // The member's slot; kNoSlot when the touch makes nobody live: it is older than the ttl, or than
  // a leave or reset. One of this very moment (last_seen == now) is after every leave.
  // `overloaded`, "roster_full": a new member beyond max_members.
  base::Result<Slot> touch(std::string_view member, base::WallTime last_seen, base::WallTime now);

  // True unless the member is a new one beyond max_members.
  bool has_room_for(std::string_view member) const;

  void leave(std::string_view member, base::WallTime now) { leave(member, now, now); }
  // One that is reported late: it does not undo a later touch.
  void leave(std::string_view member, base::WallTime at, base::WallTime now);

  // Everyone leaves, also those whose earlier touches are not reported yet.
  void reset(base::WallTime now);
  // One that is reported late: whoever was touched since then stays.
  void reset_at(base::WallTime at);
  std::optional<base::WallTime> last_reset() const { return reset_at_; }

  // Exact at `now`. Costs a step for each member that expired since the last expire().
  std::size_t count(base::WallTime now) const;

  // When a live member was last seen.
  std::optional<base::WallTime> find(std::string_view member, base::WallTime now) const;

  // Up to `limit` live members in slot order; fewer, with a `next`, after kSlotsAPage slots. A
  // member keeps its slot while it is live.
  RosterPage list(Slot from, std::size_t limit, base::WallTime now) const;

  // The last touch or leave of up to `limit` members, of those from `since` on; fewer, with a
  // `next`, after kSlotsAPage slots. Who changes meanwhile may be missing or appear twice.
  RosterChanges changes(Slot from, base::WallTime since, std::size_t limit,
                        base::WallTime now) const;

  // The entry of a slot that touch() gave, live or not any more; null beyond the slab.
  const SlabEntry* at(Slot slot) const;

  // Forgets whoever is past the ttl; calls expired(text) for each one that was live until now.
  template <typename Sink>
  void expire(base::WallTime now, Sink&& expired) {
    for (Slot slot = stale(live_, now); slot != kNoSlot; slot = stale(live_, now)) {
      expired(slab_[slot].text.view());
      forget(slot);
    }
    for (Slot slot = stale(left_, now); slot != kNoSlot; slot = stale(left_, now)) forget(slot);
  }

 private:
  struct Hashed {
    std::string_view text;
    std::uint64_t hash;
  };
  // Half of the hash stays in the index, so that growing it reads no entry.
  struct Place {
    Slot slot;
    std::uint32_t hash;
  };
  struct PlaceHash {
    using is_transparent = void;
    std::size_t operator()(const Place& place) const { return place.hash; }
    std::size_t operator()(const Hashed& member) const { return half(member.hash); }
  };
  struct PlaceEqual {
    using is_transparent = void;
    const MemberSlab* slab;
    bool operator()(const Place& a, const Place& b) const { return a.slot == b.slot; }
    bool operator()(const Hashed& a, const Place& b) const {
      return half(a.hash) == b.hash && a.text == (*slab)[b.slot].text.view();
    }
    bool operator()(const Place& a, const Hashed& b) const { return (*this)(b, a); }
  };
  using Index = boost::unordered_flat_set<Place, PlaceHash, PlaceEqual>;

  // An index that grows stalls its touch for all that it holds; a small part's stall is short.
  static constexpr std::size_t kIndexParts = 256;
  static constexpr std::size_t kSlotsAPage = 65'536;

  static std::uint32_t half(std::uint64_t hash) { return static_cast<std::uint32_t>(hash); }
  Hashed hashed(std::string_view member) const { return {member, hash_(member)}; }
  Index& part(std::uint64_t hash) { return index_[hash >> 56]; }
  const Index& part(std::uint64_t hash) const { return index_[hash >> 56]; }
  Slot slot_of(const Hashed& member) const;
  bool is_past(base::WallTime since, base::WallTime now) const { return now - since > ttl_; }
  Slot stale(const MemberQueue& queue, base::WallTime now) const;
  MemberQueue& queue_of(Standing standing) { return standing == Standing::live ? live_ : left_; }
  Slot make_room_and_acquire(const Hashed& member);
  void stand(Slot slot, Standing standing, base::WallTime since);
  void forget(Slot slot);
  void forget_until(const MemberQueue& queue, base::WallTime last);

  base::Millis ttl_;
  std::size_t max_members_;
  MemberHash hash_;
  MemberSlab slab_;
  MemberQueue live_{slab_};
  MemberQueue left_{slab_};
  std::vector<Index> index_;
  std::optional<base::WallTime> reset_at_;
};

}  // namespace rollcall::core

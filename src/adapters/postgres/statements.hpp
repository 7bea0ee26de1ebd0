#pragma once

#include "adapters/postgres/parameters.hpp"
#include "base/time.hpp"
#include "core/group_commit.hpp"
#include "core/member.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Every statement of the roster store. A roster's state is, per member, a max register of its last
// touch (last_seen) and of its last leave (left_at); a reset is one leave for all (reset_at).
// Live: last_seen > greatest(left_at, reset_at), and now - last_seen <= ttl. Each statement reads
// the server's clock once; no other clock counts. Times leave as microseconds since 1970.
//
// Statements that write are dated (Query::dated), and so is what tells ages as of its call.
namespace rollcall::postgres {

struct RosterName {
  std::string name;
  base::Millis ttl;
};

// How changes without an age are meant: as new, after whatever the store holds, or as copies of
// what happened at the time of the call. Copies of touches are rounded early, of leaves late.
enum class Origin { fresh, copied };

// Merges the changes of distinct members. Rows: (moment, late, member, live, was live, live since)
// of those who are not live now, or are so since after `counted_at_us`; one of nulls when none is.
Query apply_changes(const RosterName& roster, const std::vector<core::Change>& changes,
                    Origin origin, std::int64_t counted_at_us);
struct AppliedColumns {
  static constexpr int kMember = 2, kLive = 3, kWasLive = 4, kLiveSince = 5;
};

// One row: (live members, the moment, the latest reset, its age in ms; 0 for none).
Query count_live(const RosterName& roster);
struct CountColumns {
  static constexpr int kOnline = 0, kMoment = 1, kResetAt = 2, kResetAge = 3;
};

// Rows: (member, last seen in ms, age in ms) of those who are live.
Query find_live(const RosterName& roster, const std::vector<core::MemberId>& members);

// Rows: (member), in bytewise order, of up to `limit` live ones after `member`.
Query list_live(const RosterName& roster, std::string_view after, std::size_t limit);

// Everyone leaves: now, or that long ago. One row: (moment, late, the latest reset).
Query reset_roster(const RosterName& roster);
Query reset_roster(const RosterName& roster, base::Millis age);
struct ResetColumns {
  static constexpr int kMoment = 0, kResetAt = 2;
};

// A pass over what was written by `since` (a transaction's number) or a later one, and is not
// older than the ttl, from `place` on, in the blocks before `end_block`. Rows, in the order of
// their places: (moment, late, blocks of the table, the oldest transaction under way, age of the
// latest reset in ms or null, place, member, whether it is a leave, its age in ms); place and what
// follows are null in the only row of a step that finds nothing.
struct ChangesStep {
  std::string since;  // empty: any
  std::string place;  // "(block,row)"; excluded
  std::uint32_t end_block = 0;
  std::size_t limit = 0;
};
Query find_changes(const RosterName& roster, const ChangesStep& step);
struct ChangesColumns {
  static constexpr int kBlocks = 2, kOldestWriter = 3, kResetAge = 4, kPlace = 5, kMember = 6,
                       kLeave = 7, kAge = 8;
};

// One row: (whether the server is a standby, or else takes no writes; the privileges missing).
Query check_writable();
struct WritableColumns {
  static constexpr int kReadOnly = 0, kMissing = 1;
};

}  // namespace rollcall::postgres

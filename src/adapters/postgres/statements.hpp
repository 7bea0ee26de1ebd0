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
namespace rollcall::postgres {

struct RosterName {
  std::string name;
  base::Millis ttl;
};

// Merges the changes of distinct members. A fresh one (age zero) is after whatever the store
// holds; an aged one is where its age puts it. Rows: (member, live, was live, live since) of those
// who are not live now, or are so since after `counted_at_us`.
Query apply_changes(const RosterName& roster, const std::vector<core::Change>& changes,
                    std::int64_t counted_at_us);

// One row: (live members, the moment).
Query count_live(const RosterName& roster);

// Rows: (member, last seen in ms, age in ms) of those who are live.
Query find_live(const RosterName& roster, const std::vector<core::MemberId>& members);

// Rows: (member), in bytewise order, of up to `limit` live ones after `member`.
Query list_live(const RosterName& roster, std::string_view after, std::size_t limit);

// One row: (the moment).
Query reset_roster(const RosterName& roster);

}  // namespace rollcall::postgres

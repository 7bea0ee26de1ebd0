#include "adapters/postgres/statements.hpp"

#include <algorithm>

namespace rollcall::postgres {
namespace {

// Beyond any ttl, and within what a timestamp can hold.
constexpr base::Millis kMaxAge = std::chrono::hours(24 * 365);

// $1 roster, $2 ttl in ms.
#define ROLLCALL_MOMENT                                                                          \
  "WITH moment AS MATERIALIZED ("                                                                \
  "  SELECT now, now - $2 * interval '1 millisecond' AS oldest,"                                 \
  "    coalesce((SELECT reset_at FROM rollcall_rosters WHERE roster = $1), 'epoch') AS reset_at" \
  "  FROM clock_timestamp() AS now)"

// Ids are sorted, for two nodes that lock the same rows in different orders would deadlock.
// A leave of a member that never came is kept as a row that was last seen in 1970.
// `before` visits only those who leave: to visit all costs 40 % of the statement.
constexpr const char* kApplyChanges = ROLLCALL_MOMENT R"sql(,
before AS MATERIALIZED (
  SELECT m.member
  FROM rollcall_members AS m, moment
  WHERE m.roster = $1
    AND m.member = ANY (ARRAY(
      SELECT c.member FROM unnest($3::text[], $5::bool[]) AS c(member, leave) WHERE c.leave))
    AND m.last_seen >= oldest
    AND m.last_seen > greatest(m.left_at, reset_at)),
written AS (
  INSERT INTO rollcall_members AS m (roster, member, live_since, last_seen, left_at)
  SELECT $1, c.member, now,
    CASE
      WHEN c.leave THEN 'epoch'
      WHEN c.age = 0 THEN greatest(now, reset_at + interval '1 microsecond')
      ELSE now - c.age * interval '1 millisecond'
    END,
    CASE WHEN c.leave THEN now - c.age * interval '1 millisecond' END
  FROM moment, unnest($3::text[], $4::int8[], $5::bool[]) AS c(member, age, leave)
  ORDER BY c.member COLLATE "C"
  ON CONFLICT (roster, member) DO UPDATE SET
    live_since = CASE
      WHEN m.last_seen >= (SELECT oldest FROM moment)
        AND m.last_seen > greatest(m.left_at, (SELECT reset_at FROM moment)) THEN m.live_since
      ELSE EXCLUDED.live_since
    END,
    last_seen = CASE
      WHEN EXCLUDED.last_seen >= (SELECT now FROM moment) THEN
        greatest(EXCLUDED.last_seen, m.last_seen, m.left_at + interval '1 microsecond')
      ELSE greatest(EXCLUDED.last_seen, m.last_seen)
    END,
    left_at = CASE
      WHEN EXCLUDED.left_at >= (SELECT now FROM moment) THEN
        greatest(EXCLUDED.left_at, m.left_at, m.last_seen)
      ELSE greatest(EXCLUDED.left_at, m.left_at)
    END
  RETURNING m.member, m.live_since, m.last_seen, m.left_at),
standing AS (
  SELECT member, live_since,
    last_seen >= oldest AND last_seen > greatest(left_at, reset_at) AS live
  FROM written, moment)
SELECT member, live, before.member IS NOT NULL,
  (extract(epoch FROM live_since) * 1000000)::int8
FROM standing LEFT JOIN before USING (member)
WHERE NOT live OR live_since > 'epoch'::timestamptz + $6 * interval '1 microsecond'
)sql";

// Reads the whole table: an index on last_seen would cost each beat more than the counts do.
constexpr const char* kCountLive = ROLLCALL_MOMENT R"sql(
SELECT count(*), (SELECT (extract(epoch FROM now) * 1000000)::int8 FROM moment)
FROM rollcall_members
WHERE roster = $1
  AND last_seen >= (SELECT oldest FROM moment)
  AND last_seen > greatest(left_at, (SELECT reset_at FROM moment))
)sql";

constexpr const char* kFindLive = ROLLCALL_MOMENT R"sql(
SELECT member,
  floor(extract(epoch FROM last_seen) * 1000)::int8,
  floor(extract(epoch FROM greatest(now - last_seen, interval '0')) * 1000)::int8
FROM rollcall_members, moment
WHERE roster = $1
  AND member = ANY ($3::text[])
  AND last_seen >= oldest
  AND last_seen > greatest(left_at, reset_at)
)sql";

constexpr const char* kListLive = ROLLCALL_MOMENT R"sql(
SELECT member
FROM rollcall_members
WHERE roster = $1
  AND member > $3
  AND last_seen >= (SELECT oldest FROM moment)
  AND last_seen > greatest(left_at, (SELECT reset_at FROM moment))
ORDER BY member
LIMIT $4
)sql";

// Also after a touch that a clock, since set back, has put into the future.
constexpr const char* kResetRoster = R"sql(
WITH moment AS MATERIALIZED (SELECT clock_timestamp() AS now),
written AS (
  INSERT INTO rollcall_rosters AS r (roster, reset_at)
  SELECT $1, greatest(now, (SELECT max(last_seen) FROM rollcall_members WHERE roster = $1))
  FROM moment
  ON CONFLICT (roster) DO UPDATE SET reset_at = greatest(r.reset_at, EXCLUDED.reset_at))
SELECT (extract(epoch FROM now) * 1000000)::int8 FROM moment
)sql";

#undef ROLLCALL_MOMENT

}  // namespace

Query apply_changes(const RosterName& roster, const std::vector<core::Change>& changes,
                    std::int64_t counted_at_us) {
  std::vector<std::string_view> members;
  std::vector<std::int64_t> ages;
  std::vector<bool> leaves;
  for (const core::Change& change : changes) {
    members.emplace_back(change.member.text());
    ages.push_back(std::clamp(change.age, base::Millis{0}, kMaxAge).count());
    leaves.push_back(change.leave);
  }
  return {kApplyChanges,
          {text(roster.name), int8(roster.ttl.count()), text_array(members), int8_array(ages),
           bool_array(leaves), int8(counted_at_us)}};
}

Query count_live(const RosterName& roster) {
  return {kCountLive, {text(roster.name), int8(roster.ttl.count())}};
}

Query find_live(const RosterName& roster, const std::vector<core::MemberId>& members) {
  std::vector<std::string_view> names;
  for (const core::MemberId& member : members) names.emplace_back(member.text());
  return {kFindLive, {text(roster.name), int8(roster.ttl.count()), text_array(names)}};
}

Query list_live(const RosterName& roster, std::string_view after, std::size_t limit) {
  return {kListLive,
          {text(roster.name), int8(roster.ttl.count()), text(after),
           int8(static_cast<std::int64_t>(limit))}};
}

Query reset_roster(const RosterName& roster) {
  return {kResetRoster, {text(roster.name)}};
}

}  // namespace rollcall::postgres

#include "adapters/postgres/members_table.hpp"

#include "adapters/postgres/sql_parts.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace rollcall::postgres {
namespace {

// Beyond any ttl, and within what a timestamp can hold.
constexpr base::Millis kMaxAge = std::chrono::hours(24 * 365);

// Ids are sorted, for two nodes that lock the same rows in different orders would deadlock.
// A leave of a member that never came is kept as a row that was last seen in 1970.
// `before` visits only those who leave: to visit all costs 40 % of the statement.
constexpr const char* kApplyChanges = ROLLCALL_CLOCK("$8", "$9") ROLLCALL_MOMENT_OF_CLOCK R"sql(,
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
      WHEN c.age = 0 AND NOT $7 THEN greatest(now, reset_at + interval '1 microsecond')
      ELSE least(called, now - interval '1 microsecond') - c.age * interval '1 millisecond'
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
SELECT )sql" ROLLCALL_MICROS("clock.now") R"sql(, late, standing.member, live,
  before.member IS NOT NULL, )sql" ROLLCALL_MICROS("live_since") R"sql(
FROM clock
LEFT JOIN (standing LEFT JOIN before USING (member))
  ON NOT live OR live_since > )sql" ROLLCALL_TIME("$6");

// Reads the whole table: an index on last_seen would cost each beat more than the counts do.
constexpr const char* kCountLive = ROLLCALL_MOMENT R"sql(
SELECT online, )sql" ROLLCALL_MICROS("now") ", " ROLLCALL_MICROS("reset_at") R"sql(,
  )sql" ROLLCALL_AGE("now", "reset_at") R"sql(
FROM moment, (
  SELECT count(*) AS online
  FROM rollcall_members
  WHERE roster = $1
    AND last_seen >= (SELECT oldest FROM moment)
    AND last_seen > greatest(left_at, (SELECT reset_at FROM moment))) AS counted
)sql";

constexpr const char* kFindLive = ROLLCALL_MOMENT R"sql(
SELECT member,
  floor(extract(epoch FROM last_seen) * 1000)::int8,
  )sql" ROLLCALL_AGE("now", "last_seen") R"sql(
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
constexpr const char* kResetRoster = ROLLCALL_CLOCK("$2", "$3") R"sql(,
written AS (
  INSERT INTO rollcall_rosters AS r (roster, reset_at)
  SELECT $1, greatest(now, (SELECT max(last_seen) FROM rollcall_members WHERE roster = $1))
  FROM clock WHERE NOT late
  ON CONFLICT (roster) DO UPDATE SET reset_at = greatest(r.reset_at, EXCLUDED.reset_at)
  RETURNING reset_at)
SELECT )sql" ROLLCALL_MICROS("now") ", late, " ROLLCALL_MICROS("reset_at") R"sql(
FROM clock LEFT JOIN written ON true
)sql";

// One that is known already is not written again.
constexpr const char* kMergeReset = ROLLCALL_CLOCK("$3", "$4") R"sql(,
written AS (
  INSERT INTO rollcall_rosters AS r (roster, reset_at)
  SELECT $1, now - $2 * interval '1 millisecond'
  FROM clock WHERE NOT late
  ON CONFLICT (roster) DO UPDATE SET reset_at = EXCLUDED.reset_at
    WHERE r.reset_at < EXCLUDED.reset_at
  RETURNING reset_at)
SELECT )sql" ROLLCALL_MICROS("now") ", late, " ROLLCALL_MICROS("reset_at") R"sql(
FROM clock LEFT JOIN written ON true
)sql";

// What was written is known by its transaction, for a copy's times tell nothing of when it came.
// Whatever is under way at a pass's first step has the number of its oldest transaction or a later
// one, so the next pass finds it, also where it moves to another page behind this pass.
// Numbers of transactions wrap around; age() compares them as the server does.
// A leave's age is as of the call, a touch's as of now: so each is rounded its own way.
constexpr const char* kFindChanges = ROLLCALL_CLOCK("$7", "$8") ROLLCALL_MOMENT_OF_CLOCK R"sql(,
page AS (
  SELECT ctid AS place, member, last_seen, left_at
  FROM rollcall_members
  WHERE roster = $1
    AND ctid > $3::text::tid
    AND ctid < $4::text::tid
    AND ($5 = '' OR age(xmin) <= age($5::text::xid))
    AND greatest(last_seen, left_at) >= (SELECT oldest FROM moment)
    AND greatest(last_seen, left_at) > (SELECT reset_at FROM moment)
  ORDER BY ctid
  LIMIT $6)
SELECT )sql" ROLLCALL_STEP("'rollcall_members'") R"sql(,
  place, member, left_at >= last_seen,
  CASE
    WHEN left_at >= last_seen THEN )sql" ROLLCALL_AGE("called", "left_at") R"sql(
    ELSE )sql" ROLLCALL_LONG_AGE("now", "last_seen") R"sql(
  END
FROM clock LEFT JOIN page ON true
ORDER BY place
)sql";

// Writes nothing: what else may refuse a write, such as a full disk, fails the next one itself.
constexpr const char* kCheckWritable = R"sql(
SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::bool,
  concat_ws(', ', VARIADIC ARRAY(
    SELECT kind || ' on ' || name
    FROM (VALUES ('rollcall_members'), ('rollcall_rosters')) AS tables(name),
      (VALUES ('SELECT'), ('INSERT'), ('UPDATE')) AS kinds(kind)
    WHERE NOT has_table_privilege(name, kind))),
  (SELECT count(*) FROM (SELECT FROM rollcall_members LIMIT 1) AS member)
)sql";

std::int64_t bounded(base::Millis age) {
  return std::clamp(age, base::Millis{0}, kMaxAge).count();
}

}  // namespace

ChangeArrays::ChangeArrays(const std::vector<core::Change>& changes) {
  for (const core::Change& change : changes) {
    members.emplace_back(change.member.text());
    ages.push_back(bounded(change.age));
    leaves.push_back(change.leave);
  }
}

std::vector<Query> MembersTable::apply(const std::vector<core::Change>& changes, Origin origin,
                                       std::int64_t counted_at_us) const {
  const ChangeArrays arrays(changes);
  return {{kApplyChanges,
           {text(roster_.name), int8(roster_.ttl.count()), text_array(arrays.members),
            int8_array(arrays.ages), bool_array(arrays.leaves), int8(counted_at_us),
            boolean(origin == Origin::copied)},
           true}};
}

Query MembersTable::count() const {
  return {kCountLive, {text(roster_.name), int8(roster_.ttl.count())}};
}

Query MembersTable::find(const std::vector<core::MemberId>& members) const {
  return {kFindLive, {text(roster_.name), int8(roster_.ttl.count()), text_array(texts(members))}};
}

Query MembersTable::list(std::string_view after, std::size_t limit) const {
  return {kListLive,
          {text(roster_.name), int8(roster_.ttl.count()), text(after),
           int8(static_cast<std::int64_t>(limit))}};
}

Query MembersTable::reset() const {
  return {kResetRoster, {text(roster_.name)}, true};
}

Query MembersTable::reset(base::Millis age) const {
  return {kMergeReset, {text(roster_.name), int8(bounded(age))}, true};
}

Query MembersTable::changes(const ChangesStep& step) const {
  return {kFindChanges, step_parameters(roster_, step), true};
}

Query MembersTable::check_writable() const {
  return {kCheckWritable, {}};
}

std::vector<std::string_view> texts(const std::vector<core::MemberId>& members) {
  std::vector<std::string_view> all;
  for (const core::MemberId& member : members) all.emplace_back(member.text());
  return all;
}

std::vector<Parameter> step_parameters(const RosterName& roster, const ChangesStep& step) {
  return {text(roster.name), int8(roster.ttl.count()),
          text(step.place),  text(fmt::format("({},0)", step.end_block)),
          text(step.since),  int8(static_cast<std::int64_t>(step.limit))};
}

}  // namespace rollcall::postgres

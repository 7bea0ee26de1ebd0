#include "adapters/postgres/sessions_table.hpp"

#include "adapters/postgres/sql_parts.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace rollcall::postgres {
namespace {

// Stands for the table's name in the statements.
constexpr std::string_view kTable = "{table}";

#define ROLLCALL_SEEN "s.last_activity::timestamptz"

// $3 members, $4 ages, $5 copied, $6 when the members were counted. A touch that is older than the
// member's leave is dropped here; one that comes as the leave does is told apart by those who
// read.
constexpr const char* kTouch = ROLLCALL_CLOCK("$7", "$8") ROLLCALL_MOMENT_OF_CLOCK R"sql(,
known AS MATERIALIZED (
  SELECT c.member, m.live_since,
    CASE
      WHEN c.age = 0 AND NOT $5 THEN
        greatest(now, reset_at + interval '1 microsecond', m.left_at + interval '1 microsecond')
      ELSE least(called, now - interval '1 microsecond') - c.age * interval '1 millisecond'
    END AS at,
    greatest(m.left_at, reset_at) AS gone_at,
    coalesce()sql" ROLLCALL_SEEN R"sql( >= oldest
      AND )sql" ROLLCALL_SEEN R"sql( > greatest(m.left_at, reset_at), false) AS was_live
  FROM moment, unnest($3::text[], $4::int8[]) AS c(member, age)
  LEFT JOIN {table} AS s ON s.session_id = c.member
  LEFT JOIN rollcall_members AS m ON m.roster = $1 AND m.member = c.member),
touched AS (
  INSERT INTO {table} AS s (session_id, last_activity)
  SELECT member, at FROM known WHERE at > gone_at ORDER BY member COLLATE "C"
  ON CONFLICT (session_id) DO UPDATE
    SET last_activity = greatest(s.last_activity, EXCLUDED.last_activity)
  RETURNING s.session_id AS member, )sql" ROLLCALL_SEEN R"sql( AS seen),
arrived AS (
  INSERT INTO rollcall_members AS m (roster, member, live_since, last_seen)
  SELECT $1, member, now, 'epoch'
  FROM moment, touched JOIN known USING (member)
  WHERE NOT was_live AND seen >= oldest
  ORDER BY member COLLATE "C"
  ON CONFLICT (roster, member) DO UPDATE SET live_since = EXCLUDED.live_since
  RETURNING m.member, m.live_since),
standing AS (
  SELECT known.member, coalesce(seen >= oldest AND seen > gone_at, false) AS live, was_live,
    coalesce(arrived.live_since, known.live_since, 'epoch') AS live_since
  FROM moment, known LEFT JOIN touched USING (member) LEFT JOIN arrived USING (member))
SELECT )sql" ROLLCALL_MICROS("clock.now") R"sql(, late, member, live, was_live,
  )sql" ROLLCALL_MICROS("live_since") R"sql(
FROM clock LEFT JOIN standing ON NOT live OR live_since > )sql" ROLLCALL_TIME("$6");

// $3 members, $4 ages. Rows are locked in their order, and read as they stand then.
constexpr const char* kLeave = ROLLCALL_CLOCK("$5", "$6") ROLLCALL_MOMENT_OF_CLOCK R"sql(,
leaving AS MATERIALIZED (
  SELECT c.member, c.age = 0 AS is_fresh, now - c.age * interval '1 millisecond' AS at
  FROM moment, unnest($3::text[], $4::int8[]) AS c(member, age)),
locked AS MATERIALIZED (
  SELECT s.session_id AS member, )sql" ROLLCALL_SEEN R"sql( AS seen
  FROM {table} AS s
  WHERE s.session_id IN (SELECT member FROM leaving)
  ORDER BY s.session_id COLLATE "C"
  FOR UPDATE OF s),
before AS MATERIALIZED (
  SELECT member, m.live_since, greatest(m.left_at, reset_at) AS gone_at
  FROM moment, leaving LEFT JOIN rollcall_members AS m USING (member)
  WHERE m.roster = $1),
gone AS (
  DELETE FROM {table} AS s
  USING locked JOIN leaving USING (member)
  WHERE s.session_id = member AND (is_fresh OR seen <= at)
  RETURNING member),
buried AS (
  INSERT INTO rollcall_members AS m (roster, member, live_since, last_seen, left_at)
  SELECT $1, member, 'epoch', 'epoch', CASE WHEN is_fresh THEN greatest(at, seen) ELSE at END
  FROM leaving LEFT JOIN locked USING (member)
  ORDER BY member COLLATE "C"
  ON CONFLICT (roster, member) DO UPDATE SET left_at = greatest(m.left_at, EXCLUDED.left_at)
  RETURNING m.member),
standing AS (
  SELECT member, gone.member IS NULL AND was_live AS live, was_live, live_since
  FROM (
    SELECT member, coalesce(live_since, 'epoch') AS live_since,
      coalesce(seen >= oldest AND seen > coalesce(gone_at, reset_at), false) AS was_live
    FROM moment, buried LEFT JOIN locked USING (member) LEFT JOIN before USING (member)) AS stood
  LEFT JOIN gone USING (member))
SELECT )sql" ROLLCALL_MICROS("clock.now") R"sql(, late, standing.member, live, was_live,
  )sql" ROLLCALL_MICROS("live_since") R"sql(
FROM clock LEFT JOIN standing ON NOT live
)sql";

// Of a row that is named s; `moment` gives what it reads of it as a scalar.
#define ROLLCALL_LIVE                                                      \
  "s.last_activity >= (SELECT oldest FROM moment)"                         \
  " AND s.last_activity > (SELECT reset_at FROM moment)"                   \
  " AND NOT EXISTS (SELECT FROM rollcall_members AS m WHERE m.roster = $1" \
  " AND m.member = s.session_id AND m.left_at >= s.last_activity)"

constexpr const char* kCount = ROLLCALL_MOMENT R"sql(
SELECT online, )sql" ROLLCALL_MICROS("now") ", " ROLLCALL_MICROS("reset_at") R"sql(,
  )sql" ROLLCALL_AGE("now", "reset_at") R"sql(
FROM moment, (
  SELECT count(*) AS online FROM {table} AS s WHERE )sql" ROLLCALL_LIVE R"sql() AS counted
)sql";

constexpr const char* kFind = ROLLCALL_MOMENT R"sql(
SELECT session_id, floor(extract(epoch FROM )sql" ROLLCALL_SEEN R"sql() * 1000)::int8,
  )sql" ROLLCALL_AGE("now", ROLLCALL_SEEN) R"sql(
FROM moment, {table} AS s
WHERE session_id = ANY ($3::text[]) AND )sql" ROLLCALL_LIVE;

constexpr const char* kList = ROLLCALL_MOMENT R"sql(
SELECT session_id
FROM {table} AS s
WHERE session_id COLLATE "C" > $3 AND )sql" ROLLCALL_LIVE R"sql(
ORDER BY session_id COLLATE "C"
LIMIT $4
)sql";

constexpr const char* kReset = ROLLCALL_CLOCK("$2", "$3") R"sql(,
written AS (
  INSERT INTO rollcall_rosters AS r (roster, reset_at)
  SELECT $1, greatest(now, (SELECT max(last_activity) FROM {table})::timestamptz)
  FROM clock WHERE NOT late
  ON CONFLICT (roster) DO UPDATE SET reset_at = greatest(r.reset_at, EXCLUDED.reset_at)
  RETURNING reset_at)
SELECT )sql" ROLLCALL_MICROS("now") ", late, " ROLLCALL_MICROS("reset_at") R"sql(
FROM clock LEFT JOIN written ON true
)sql";

// As for rollcall_members.
constexpr const char* kChanges = ROLLCALL_CLOCK("$8", "$9") ROLLCALL_MOMENT_OF_CLOCK R"sql(,
page AS (
  SELECT ctid AS place, session_id AS member, )sql" ROLLCALL_SEEN R"sql( AS seen
  FROM {table} AS s
  WHERE ctid > $3::text::tid
    AND ctid < $4::text::tid
    AND ($5 = '' OR age(xmin) <= age($5::text::xid))
    AND last_activity >= (SELECT oldest FROM moment)
    AND last_activity > (SELECT reset_at FROM moment)
  ORDER BY ctid
  LIMIT $6)
SELECT )sql" ROLLCALL_STEP("$7::regclass") R"sql(,
  place, member, false, )sql" ROLLCALL_LONG_AGE("now", "seen") R"sql(
FROM clock LEFT JOIN page ON true
ORDER BY place
)sql";

constexpr const char* kCheckWritable = R"sql(
SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::bool,
  concat_ws(', ', VARIADIC ARRAY(
    SELECT kind || ' on ' || name
    FROM (VALUES ('rollcall_members'), ('rollcall_rosters'), ($1)) AS tables(name),
      (VALUES ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE')) AS kinds(kind)
    WHERE (name = $1 OR kind <> 'DELETE') AND NOT has_table_privilege(name, kind))),
  (SELECT count(*) FROM (SELECT session_id, last_activity FROM {table} LIMIT 1) AS session)
)sql";

#undef ROLLCALL_LIVE
#undef ROLLCALL_SEEN

std::vector<core::Change> only(const std::vector<core::Change>& changes, bool leaves) {
  std::vector<core::Change> some;
  std::ranges::copy_if(changes, std::back_inserter(some),
                       [leaves](const core::Change& change) { return change.leave == leaves; });
  return some;
}

}  // namespace

SessionsTable::SessionsTable(RosterName roster, std::string_view table)
    : roster_(roster), table_(quoted_table(table).value()), tombstones_(std::move(roster)) {}

std::string SessionsTable::on_table(std::string_view sql) const {
  std::string text(sql);
  for (auto at = text.find(kTable); at != std::string::npos; at = text.find(kTable, at)) {
    text.replace(at, kTable.size(), table_);
    at += table_.size();
  }
  return text;
}

std::vector<Query> SessionsTable::apply(const std::vector<core::Change>& changes, Origin origin,
                                        std::int64_t counted_at_us) const {
  std::vector<Query> queries;
  const auto touches = only(changes, false);
  const auto leaves = only(changes, true);
  if (!touches.empty()) queries.push_back(touch(touches, origin, counted_at_us));
  if (!leaves.empty()) queries.push_back(leave(leaves));
  return queries;
}

Query SessionsTable::touch(const std::vector<core::Change>& touches, Origin origin,
                           std::int64_t counted_at_us) const {
  const ChangeArrays arrays(touches);
  return {on_table(kTouch),
          {text(roster_.name), int8(roster_.ttl.count()), text_array(arrays.members),
           int8_array(arrays.ages), boolean(origin == Origin::copied), int8(counted_at_us)},
          true};
}

Query SessionsTable::leave(const std::vector<core::Change>& leaves) const {
  const ChangeArrays arrays(leaves);
  return {on_table(kLeave),
          {text(roster_.name), int8(roster_.ttl.count()), text_array(arrays.members),
           int8_array(arrays.ages)},
          true};
}

Query SessionsTable::count() const {
  return {on_table(kCount), {text(roster_.name), int8(roster_.ttl.count())}};
}

Query SessionsTable::find(const std::vector<core::MemberId>& members) const {
  return {on_table(kFind),
          {text(roster_.name), int8(roster_.ttl.count()), text_array(texts(members))}};
}

Query SessionsTable::list(std::string_view after, std::size_t limit) const {
  return {on_table(kList),
          {text(roster_.name), int8(roster_.ttl.count()), text(after),
           int8(static_cast<std::int64_t>(limit))}};
}

Query SessionsTable::reset() const {
  return {on_table(kReset), {text(roster_.name)}, true};
}

Query SessionsTable::changes(const ChangesStep& step) const {
  if (step.part != 0) return tombstones_.changes(step);
  std::vector<Parameter> parameters = step_parameters(roster_, step);
  parameters.push_back(text(table_));
  return {on_table(kChanges), std::move(parameters), true};
}

Query SessionsTable::check_writable() const {
  return {on_table(kCheckWritable), {text(table_)}};
}

}  // namespace rollcall::postgres

#include "adapters/postgres/rebuild_remains.hpp"

#include "adapters/postgres/policy_columns.hpp"
#include "adapters/postgres/rebuild_lock.hpp"

#include <algorithm>
#include <string>

namespace rollcall::postgres {
namespace {

// About ten seconds: somebody waits, and the next run tries again.
constexpr unsigned kAttempts = 8;

// $1 the table's OID, which is in the names of all that stands beside it. The triggers go first,
// for the function is theirs. What another role has left of a table that is no more is its own.
constexpr const char* kRemains = R"sql(
WITH remains AS (
  SELECT 1 AS turn,
    substring(tgname FROM '^rollcall_rebuild_([0-9]+)_(?:rows|truncate)$') AS owner,
    format('DROP TRIGGER IF EXISTS %I ON %s', tgname, tgrelid::regclass) AS drop, true AS is_own
  FROM pg_trigger WHERE tgrelid = $1::oid AND NOT tgisinternal
  UNION ALL
  SELECT 2, substring(proname FROM '^rollcall_rebuild_([0-9]+)_note$'),
    format('DROP FUNCTION IF EXISTS %s', p.oid::regprocedure), pg_has_role(proowner, 'USAGE')
  FROM pg_proc AS p WHERE pronargs = 0
  UNION ALL
  SELECT 3, substring(relname FROM '^rollcall_rebuild_([0-9]+)_(?:log|copy)$'),
    format('DROP TABLE IF EXISTS %s', c.oid::regclass), pg_has_role(relowner, 'USAGE')
  FROM pg_class AS c WHERE relkind = 'r' AND relpersistence = 'u')
SELECT count(DISTINCT owner), coalesce(string_agg(drop, '; ' ORDER BY turn), ''),
  coalesce(bool_or(turn = 1), false)
FROM remains
WHERE owner = $1::text
  OR is_own AND owner IS NOT NULL
    AND NOT EXISTS (SELECT FROM pg_class WHERE pg_class.oid = owner::oid)
)sql";

}  // namespace

base::Result<unsigned> drop_remains(WorkSession& session, const PolicySql& sql,
                                    const RebuildLimits& limits, const std::stop_token& stop) {
  const auto found = session.run({kRemains, {int8(sql.oid)}}, kCataloguePatience);
  if (!found.ok()) return found.error();
  const auto count = static_cast<unsigned>(found.value().integer(0, 0));
  if (count == 0) return count;
  const std::string drops(found.value().text(0, 1));
  const std::string_view mode = found.value().flag(0, 2) ? "ACCESS EXCLUSIVE" : "ACCESS SHARE";
  RebuildLimits fewer = limits;
  fewer.attempts = std::min(limits.attempts, kAttempts);
  const base::Status dropped = with_lock(
      session, {sql.table, sql.oid, mode}, fewer, stop, [](unsigned) {},
      [&]() -> base::Status {
        const auto done = session.run({drops, {}}, kCataloguePatience);
        if (!done.ok()) return done.error();
        return base::Done{};
      });
  if (!dropped.ok()) return dropped.error();
  return count;
}

}  // namespace rollcall::postgres

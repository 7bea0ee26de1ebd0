#include "adapters/postgres/table_status.hpp"

#include "adapters/postgres/policy_sql.hpp"
#include "adapters/postgres/work_session.hpp"

#include <utility>

namespace rollcall::postgres {
namespace {

constexpr base::Millis kPatience{10'000};

constexpr const char* kTable = R"sql(
SELECT pg_table_size($1::oid), pg_indexes_size($1::oid), pg_stat_get_live_tuples($1::oid),
  pg_stat_get_dead_tuples($1::oid),
  (extract(epoch FROM clock_timestamp() - greatest(pg_stat_get_last_vacuum_time($1::oid),
    pg_stat_get_last_autovacuum_time($1::oid))) * 1000)::int8,
  EXISTS (SELECT FROM pg_class WHERE relname = ANY (ARRAY[
    format('rollcall_rebuild_%s_log', $1), format('rollcall_rebuild_%s_copy', $1)]))
)sql";

constexpr const char* kWorkers = R"sql(
SELECT l.pid::int8, coalesce(a.application_name, ''), l.mode = 'ExclusiveLock',
  (extract(epoch FROM clock_timestamp() - a.backend_start) * 1000)::int8
FROM pg_locks AS l LEFT JOIN pg_stat_activity AS a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND l.classid = $1::oid AND l.objid = $2::oid
ORDER BY a.backend_start, l.pid
)sql";

std::optional<base::Millis> time_in(const Rows& rows, std::size_t row, int column) {
  if (rows.is_null(row, column)) return std::nullopt;
  return base::Millis(rows.integer(row, column));
}

std::uint64_t amount(const Rows& rows, int column) {
  return static_cast<std::uint64_t>(rows.integer(0, column));
}

}  // namespace

base::Result<TableStatus> read_table_status(const core::RetentionPolicy& policy,
                                            std::stop_token stop) {
  WorkSession session(policy.url, "retention status: " + policy.name, std::move(stop));
  if (const auto opened = session.open(); !opened) return opened.error();
  const auto sql = read_policy(session, policy);
  if (!sql) return sql.error();
  const std::int64_t oid = sql.value().oid;
  const auto rows = session.run({kTable, {int8(oid)}}, kPatience);
  if (!rows) return rows.error();
  TableStatus status;
  status.table = sql.value().table;
  status.table_bytes = amount(rows.value(), 0);
  status.index_bytes = amount(rows.value(), 1);
  status.live_rows = amount(rows.value(), 2);
  status.dead_rows = amount(rows.value(), 3);
  status.since_vacuum = time_in(rows.value(), 0, 4);
  status.has_remains = rows.value().flag(0, 5);
  const auto workers = session.run({kWorkers, {int8(kClaimClass), int8(oid)}}, kPatience);
  if (!workers) return workers.error();
  for (std::size_t row = 0; row < workers.value().size(); ++row) {
    status.workers.push_back({workers.value().integer(row, 0),
                              std::string(workers.value().text(row, 1)),
                              workers.value().flag(row, 2), time_in(workers.value(), row, 3)});
  }
  return status;
}

}  // namespace rollcall::postgres

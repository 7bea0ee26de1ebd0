#include "adapters/postgres/retention_table.hpp"

#include "adapters/postgres/errors.hpp"
#include "adapters/postgres/quoting.hpp"
#include "adapters/postgres/retention_facts.hpp"
#include "adapters/postgres/row_faults.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace rollcall::postgres {
namespace {

using std::chrono::steady_clock;

constexpr base::Millis kLoadPatience{10'000};

// Between two sweeps this session holds nothing that others wait for. What tells of trouble are
// those who wait for a row of the table or for all of it, whoever holds it: sessions with a
// request for one of its locks, or that are first in the queue for a row (they hold the row's
// lock, and wait for a transaction). A vacuum is known by its lock, for its progress is not shown
// to all.
constexpr const char* kLoad = R"sql(
WITH locks AS MATERIALIZED (
  SELECT pid, locktype, mode, granted, relation = $1::int8::oid
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AS is_here
  FROM pg_locks WHERE pid <> pg_backend_pid()),
replica AS (
  SELECT application_name AS name, floor(extract(epoch FROM replay_lag) * 1000)::int8 AS lag_ms
  FROM pg_stat_replication WHERE replay_lag IS NOT NULL ORDER BY replay_lag DESC LIMIT 1)
SELECT
  (SELECT count(DISTINCT pid) FROM locks AS w
   WHERE NOT granted AND (is_here OR locktype = 'transactionid'
     AND EXISTS (SELECT FROM locks AS h WHERE h.pid = w.pid AND h.is_here
                 AND h.locktype = 'tuple'))),
  EXISTS (SELECT FROM locks WHERE is_here AND granted AND locktype = 'relation'
          AND mode = 'ShareUpdateExclusiveLock'),
  (SELECT name FROM replica), (SELECT lag_ms FROM replica)
)sql";

// To wait for the disk is what keeps the log short for those who commit meanwhile.
std::string session_settings() {
  return fmt::format(
      "SET synchronous_commit = local; SET enable_tidscan = on; SET lock_timeout = {}",
      kTablePatience.count());
}

const PolicySql::Clause& clause_of(const PolicySql& sql, core::RetentionClause clause) {
  return *std::ranges::find(sql.clauses, clause, &PolicySql::Clause::clause);
}

}  // namespace

PostgresRetentionTable::PostgresRetentionTable(core::RetentionPolicy policy, SweepMode mode,
                                               std::stop_token stop)
    : policy_(std::move(policy)),
      mode_(mode),
      session_(policy_.url, "retention: " + policy_.name, std::move(stop)) {}

base::Status PostgresRetentionTable::prepare() {
  if (session_.is_open() && sql_) return base::Done{};
  return prepare_anew();
}

// The claim on the table goes with the session, and the table may have been altered meanwhile.
base::Status PostgresRetentionTable::prepare_anew() {
  sql_.reset();
  base::Status opened = session_.open();
  if (!opened.ok()) return opened;
  const auto set = session_.run({session_settings(), {}}, kLoadPatience);
  if (!set.ok()) return set.error();
  auto sql = read_policy(session_, policy_);
  if (!sql.ok()) return sql.error();
  const auto claimed = claim_shared(session_, sql.value());
  if (!claimed.ok()) return claimed.error();
  if (!claimed.value()) {
    return base::Error{
        base::Errc::forbidden, "rebuilding",
        fmt::format("retention.{}: a rebuild of {} is at work", policy_.name, sql.value().table)};
  }
  const auto may_keep = may_keep_rows(session_, sql.value());
  if (!may_keep.ok()) return may_keep.error();
  may_keep_ = may_keep.value();
  sql_ = std::move(sql).value();
  return base::Done{};
}

// A statement that does not fit says less of the reason than the catalogue does.
base::Error PostgresRetentionTable::explained(const base::Error& error) {
  if (is_misfit(session_.sqlstate())) {
    const auto read = read_policy(session_, policy_);
    if (!read.ok()) return read.error();
    return {base::Errc::invalid_argument, "retention_table",
            fmt::format("retention.{}: {}", policy_.name, error.message)};
  }
  if (row_fault(session_.sqlstate()) == RowFault::locked) {
    return {base::Errc::timeout, "postgres_timeout",
            fmt::format("others kept {} locked for {} ms", sql_->table, kTablePatience.count())};
  }
  return error;
}

base::Result<core::RetentionFacts> PostgresRetentionTable::look() {
  const base::Status ready = prepare_anew();
  if (!ready.ok()) return ready.error();
  auto facts = read_facts(session_, *sql_);
  if (!facts.ok()) return explained(facts.error());
  return facts;
}

base::Result<PostgresRetentionTable::Sweep> PostgresRetentionTable::sweep_blocks(
    std::uint64_t first, std::uint64_t last) {
  const base::Status ready = prepare();
  if (!ready.ok()) return ready.error();
  auto swept = BlockSweep(session_, *sql_, mode_, may_keep_).sweep(first, last);
  if (!swept.ok()) return explained(swept.error());
  return swept;
}

base::Result<PostgresRetentionTable::OrderedSweep> PostgresRetentionTable::sweep_oldest(
    core::RetentionClause clause, const std::string& cursor, std::size_t limit) {
  const base::Status ready = prepare();
  if (!ready.ok()) return ready.error();
  const PolicySql::Clause& by = clause_of(*sql_, clause);
  auto swept = mode_ == SweepMode::dry ? count_oldest(by) : delete_oldest(by, cursor, limit);
  return swept.ok() ? swept : not_swept(swept.error(), cursor);
}

// A row that is in the way cannot be told; if it is the whole table that is locked, this waits for
// it, and fails.
base::Result<PostgresRetentionTable::OrderedSweep> PostgresRetentionTable::not_swept(
    const base::Error& error, const std::string& cursor) {
  const RowFault fault = row_fault(session_.sqlstate());
  if (fault == RowFault::other) return explained(error);
  if (fault == RowFault::locked) {
    const base::Status free = wait_for_table(session_, *sql_);
    if (!free.ok()) return explained(free.error());
  }
  OrderedSweep refused;
  refused.cursor = cursor;
  refused.refused = true;
  return refused;
}

// All at once. What an earlier clause has counted would be gone by now.
base::Result<PostgresRetentionTable::OrderedSweep> PostgresRetentionTable::count_oldest(
    const PolicySql::Clause& clause) {
  std::string counted;
  for (const PolicySql::Clause& earlier : sql_->clauses) {
    if (earlier.clause == clause.clause) break;
    counted += fmt::format(" AND ({}) IS NOT TRUE", earlier.due);
  }
  const auto rows = session_.run({fmt::format("{} SELECT count(*) FROM ONLY {} AS t WHERE {}{}",
                                              kByIndex, sql_->table, clause.due, counted),
                                  {}},
                                 kSweepPatience);
  if (!rows.ok()) return rows.error();
  OrderedSweep sweep;
  sweep.deleted = static_cast<std::uint64_t>(rows.value().integer(0, 0));
  sweep.is_end = true;
  return sweep;
}

// The cursor is the time of the latest row that was taken: rows of the same time may be left, and
// those that were taken are gone. Locked rows do not count for the limit, so that any number of
// them is passed.
base::Result<PostgresRetentionTable::OrderedSweep> PostgresRetentionTable::delete_oldest(
    const PolicySql::Clause& clause, const std::string& cursor, std::size_t limit) {
  const std::string after = cursor.empty() ? ""
                                           : fmt::format(" AND t.{} >= {}::{}", clause.column,
                                                         quoted_literal(cursor), clause.type);
  const auto rows = session_.run(
      {fmt::format("LOCK TABLE ONLY {3} IN ROW EXCLUSIVE MODE;"
                   "{0} SET LOCAL lock_timeout = {1};"
                   "WITH oldest AS MATERIALIZED ("
                   "  SELECT t.ctid, t.{2} AS time FROM ONLY {3} AS t WHERE {4}{5}"
                   "  ORDER BY t.{2} LIMIT {6} FOR UPDATE SKIP LOCKED),"
                   "gone AS (DELETE FROM ONLY {3} AS t"
                   "  WHERE t.ctid = ANY (ARRAY(SELECT ctid FROM oldest)) AND {4} RETURNING 1)"
                   "SELECT (SELECT count(*) FROM gone), count(*), max(time)::text FROM oldest",
                   kByIndex, kRowPatience.count(), clause.column, sql_->table, clause.due, after,
                   limit),
       {}},
      kSweepPatience);
  if (!rows.ok()) return rows.error();
  OrderedSweep sweep;
  sweep.deleted = static_cast<std::uint64_t>(rows.value().integer(0, 0));
  const auto taken = static_cast<std::uint64_t>(rows.value().integer(0, 1));
  sweep.is_end = taken < limit;
  sweep.cursor = taken == 0 ? cursor : rows.value().text(0, 2);
  sweep.refused = taken > 0 && sweep.deleted == 0 && sweep.cursor == cursor;
  return sweep;
}

base::Result<std::uint64_t> PostgresRetentionTable::count_due(core::RetentionClause clause,
                                                              std::uint64_t limit) {
  if (mode_ == SweepMode::dry) return std::uint64_t{0};
  const base::Status ready = prepare();
  if (!ready.ok()) return ready.error();
  const auto rows = session_.run(
      {fmt::format("{} SELECT count(*) FROM (SELECT FROM ONLY {} AS t WHERE {} LIMIT {}) AS due",
                   kByIndex, sql_->table, clause_of(*sql_, clause).due, limit),
       {}},
      kSweepPatience);
  if (!rows.ok()) return explained(rows.error());
  return static_cast<std::uint64_t>(rows.value().integer(0, 0));
}

base::Result<core::RetentionLoad> PostgresRetentionTable::load() {
  const base::Status ready = prepare();
  if (!ready.ok()) return ready.error();
  const auto asked = steady_clock::now();
  const auto rows = session_.run({kLoad, {int8(sql_->oid)}}, kLoadPatience);
  if (!rows.ok()) return explained(rows.error());
  core::RetentionLoad load;
  load.answer = std::chrono::duration_cast<base::Millis>(steady_clock::now() - asked);
  load.waiting = static_cast<std::uint64_t>(rows.value().integer(0, 0));
  load.is_vacuumed = rows.value().flag(0, 1);
  load.replica = rows.value().text(0, 2);
  load.replica_lag = base::Millis(rows.value().integer(0, 3));
  return load;
}

}  // namespace rollcall::postgres

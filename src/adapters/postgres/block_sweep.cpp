#include "adapters/postgres/block_sweep.hpp"

#include "adapters/postgres/row_faults.hpp"

#include <cstddef>
#include <vector>

#include <fmt/format.h>

namespace rollcall::postgres {
namespace {

// All in one go to the server, which makes one transaction of it.
std::string impatient(const std::string& statements) {
  return fmt::format("SET LOCAL lock_timeout = {}; {}", kRowPatience.count(), statements);
}

}  // namespace

base::Status wait_for_table(WorkSession& session, const PolicySql& sql) {
  const auto locked = session.run(
      {fmt::format("SET LOCAL lock_timeout = {}; LOCK TABLE ONLY {} IN ROW EXCLUSIVE MODE",
                   kTablePatience.count(), sql.table),
       {}},
      kSweepPatience);
  if (!locked.ok()) return locked.error();
  return base::Done{};
}

BlockSweep::BlockSweep(WorkSession& session, const PolicySql& sql, SweepMode mode, bool may_keep)
    : session_(session), sql_(sql), mode_(mode), may_keep_(may_keep) {}

base::Result<BlockSweep::Sweep> BlockSweep::sweep(std::uint64_t first, std::uint64_t last) {
  const Range range{first, last};
  return mode_ == SweepMode::dry ? count(range) : plainly(range);
}

std::string BlockSweep::due_in(Range range) const {
  return fmt::format("ONLY {} AS t WHERE t.ctid >= '({},0)' AND t.ctid < '({},0)' AND ({})",
                     sql_.table, range.first, range.last, sql_.due);
}

base::Result<BlockSweep::Sweep> BlockSweep::count(Range range) {
  const auto rows =
      session_.run({fmt::format("SELECT count(*) FROM {}", due_in(range)), {}}, kSweepPatience);
  if (!rows.ok()) return rows.error();
  Sweep sweep;
  sweep.deleted = static_cast<std::uint64_t>(rows.value().integer(0, 0));
  return sweep;
}

base::Result<BlockSweep::Sweep> BlockSweep::plainly(Range range) {
  const std::string kept = may_keep_ ? "SELECT count(*) FROM " + due_in(range) : "SELECT 0";
  const auto rows = session_.run(
      {impatient(fmt::format("DELETE FROM {0}; SELECT ({1})", due_in(range), kept)), {}},
      kSweepPatience);
  if (rows.ok()) {
    Sweep sweep;
    sweep.deleted = session_.affected();
    sweep.refused = static_cast<std::uint64_t>(rows.value().integer(0, 0));
    return sweep;
  }
  switch (row_fault(session_.sqlstate())) {
    case RowFault::locked:
      return around_locks(range);
    case RowFault::refused:
      return by_halves(range);
    case RowFault::other:
      break;
  }
  return rows.error();
}

// What is still due after it is what somebody holds, as nothing here waits for them.
base::Result<BlockSweep::Sweep> BlockSweep::around_locks(Range range) {
  const base::Status table = wait_for_table(session_, sql_);
  if (!table.ok()) return table.error();
  const auto rows = session_.run(
      {impatient(fmt::format(
           "WITH free AS MATERIALIZED (SELECT t.ctid FROM {0} FOR UPDATE SKIP LOCKED)"
           " DELETE FROM ONLY {1} AS t WHERE t.ctid = ANY (ARRAY(SELECT ctid FROM free))"
           " AND ({2});"
           "SELECT count(*) FROM {0}",
           due_in(range), sql_.table, sql_.due)),
       {}},
      kSweepPatience);
  if (rows.ok()) {
    Sweep sweep;
    sweep.deleted = session_.affected();
    sweep.locked = static_cast<std::uint64_t>(rows.value().integer(0, 0));
    return sweep;
  }
  if (row_fault(session_.sqlstate()) == RowFault::other) return rows.error();
  return by_halves(range);
}

base::Result<BlockSweep::Sweep> BlockSweep::by_halves(Range range) {
  if (range.last - range.first <= 1) return row_by_row(range);
  const std::uint64_t middle = range.first + (range.last - range.first) / 2;
  base::Result<Sweep> low = plainly({range.first, middle});
  if (!low.ok()) return low;
  base::Result<Sweep> high = plainly({middle, range.last});
  if (!high.ok()) return high;
  Sweep& sum = high.value();
  sum.deleted += low.value().deleted;
  sum.locked += low.value().locked;
  sum.refused += low.value().refused;
  return high;
}

base::Result<BlockSweep::Sweep> BlockSweep::row_by_row(Range range) {
  const auto found =
      session_.run({fmt::format("SELECT t.ctid FROM {}", due_in(range)), {}}, kSweepPatience);
  if (!found.ok()) return found.error();
  Sweep sweep;
  for (std::size_t i = 0; i < found.value().size(); ++i) {
    const auto deleted = session_.run(
        {impatient(fmt::format("DELETE FROM ONLY {} AS t WHERE t.ctid = '{}' AND ({})", sql_.table,
                               found.value().text(i, 0), sql_.due)),
         {}},
        kSweepPatience);
    if (deleted.ok()) {
      sweep.deleted += session_.affected();
      continue;
    }
    const RowFault fault = row_fault(session_.sqlstate());
    if (fault == RowFault::other) return deleted.error();
    ++(fault == RowFault::locked ? sweep.locked : sweep.refused);
  }
  return sweep;
}

}  // namespace rollcall::postgres

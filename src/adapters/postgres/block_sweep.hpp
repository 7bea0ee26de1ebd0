#pragma once

#include "adapters/postgres/policy_sql.hpp"
#include "adapters/postgres/work_session.hpp"
#include "ports/retention_table.hpp"

#include <cstdint>
#include <string>

namespace rollcall::postgres {

enum class SweepMode {
  real,
  dry,  // counts what would go, and deletes nothing
};

// How long a row that somebody holds may keep a sweep waiting, and how long the table may.
constexpr base::Millis kRowPatience{5};
constexpr base::Millis kTablePatience{1'000};
// How long a statement of a sweep may take in all.
constexpr base::Millis kSweepPatience{60'000};

// Waits for kTablePatience at most while somebody has the whole table locked.
base::Status wait_for_table(WorkSession& session, const PolicySql& sql);

// Deletes the due rows of a range of blocks. A plain DELETE is fastest; when somebody holds a row,
// a statement that skips what is locked follows; when a row may not go, the range is halved until
// that row stands alone. Each statement is a transaction of its own.
class BlockSweep {
 public:
  using Sweep = ports::RetentionTable::Sweep;

  // `may_keep`: a trigger of the table may keep a row without a word. All of it outlives the
  // sweep.
  BlockSweep(WorkSession& session, const PolicySql& sql, SweepMode mode, bool may_keep);

  base::Result<Sweep> sweep(std::uint64_t first, std::uint64_t last);

 private:
  struct Range {
    std::uint64_t first;
    std::uint64_t last;
  };

  std::string due_in(Range range) const;
  base::Result<Sweep> count(Range range);
  base::Result<Sweep> plainly(Range range);
  base::Result<Sweep> around_locks(Range range);
  base::Result<Sweep> by_halves(Range range);
  base::Result<Sweep> row_by_row(Range range);

  WorkSession& session_;
  const PolicySql& sql_;
  SweepMode mode_;
  bool may_keep_;
};

}  // namespace rollcall::postgres

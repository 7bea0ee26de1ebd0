#pragma once

#include "adapters/postgres/policy_sql.hpp"
#include "adapters/postgres/work_session.hpp"
#include "ports/retention_table.hpp"

#include <optional>
#include <stop_token>

namespace rollcall::postgres {

enum class SweepMode {
  real,
  dry,  // counts what would go, and deletes nothing
};

// The table of a policy in PostgreSQL 14 or later. Blocks are swept by ctid ranges: by a plain
// DELETE, which waits for a locked row for a moment only, and when that moment passes by one that
// skips locked rows.
class PostgresRetentionTable final : public ports::RetentionTable {
 public:
  PostgresRetentionTable(core::RetentionPolicy policy, SweepMode mode, std::stop_token stop);

  base::Result<core::RetentionFacts> look() override;
  base::Result<Sweep> sweep_blocks(std::uint64_t first, std::uint64_t last) override;
  base::Result<OrderedSweep> sweep_oldest(core::RetentionClause clause, const std::string& cursor,
                                          std::size_t limit) override;
  base::Result<std::uint64_t> count_due(core::RetentionClause clause,
                                        std::uint64_t limit) override;
  base::Result<core::RetentionLoad> load() override;

 private:
  core::RetentionPolicy policy_;
  SweepMode mode_;
  WorkSession session_;
  std::optional<PolicySql> sql_;
};

}  // namespace rollcall::postgres

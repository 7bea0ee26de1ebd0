#pragma once

#include "adapters/postgres/block_sweep.hpp"
#include "adapters/postgres/policy_sql.hpp"
#include "adapters/postgres/work_session.hpp"
#include "ports/retention_table.hpp"

#include <optional>
#include <stop_token>
#include <string>

namespace rollcall::postgres {

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
  base::Status prepare();
  base::Status prepare_anew();
  base::Error explained(const base::Error& error);
  base::Result<OrderedSweep> not_swept(const base::Error& error, const std::string& cursor);
  base::Result<OrderedSweep> count_oldest(const PolicySql::Clause& clause);
  base::Result<OrderedSweep> delete_oldest(const PolicySql::Clause& clause,
                                           const std::string& cursor, std::size_t limit);

  core::RetentionPolicy policy_;
  SweepMode mode_;
  WorkSession session_;
  std::optional<PolicySql> sql_;
  bool may_keep_ = false;
};

}  // namespace rollcall::postgres

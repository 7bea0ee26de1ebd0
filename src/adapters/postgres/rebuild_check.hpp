#pragma once

#include "adapters/postgres/policy_sql.hpp"
#include "adapters/postgres/rebuild_shape.hpp"
#include "adapters/postgres/table_rebuild.hpp"
#include "adapters/postgres/work_session.hpp"
#include "base/result.hpp"
#include "core/retention_policy.hpp"

#include <string>
#include <vector>

namespace rollcall::postgres {

struct RebuildObjections {
  std::vector<std::string> refusals;
  std::vector<std::string> notes;
};

// What the catalogue has against a rebuild, whatever the number of rows.
base::Result<RebuildObjections> read_objections(WorkSession& session, const RebuildShape& shape);

// That, and what is estimated from a sample of the table.
base::Result<RebuildOutlook> look_ahead(WorkSession& session, const core::RetentionPolicy& policy,
                                        const PolicySql& sql, const RebuildShape& shape);

// The condition that rows `t` survive by.
std::string survivors_sql(const PolicySql& sql, const RebuildShape& shape);

}  // namespace rollcall::postgres

#pragma once

#include "adapters/postgres/policy_sql.hpp"
#include "adapters/postgres/table_rebuild.hpp"
#include "adapters/postgres/work_session.hpp"
#include "base/result.hpp"

#include <stop_token>

namespace rollcall::postgres {

// Drops what dead rebuilds of the table have left, and of tables that are no more. The session
// holds a claim, so that none is at work. Returns how many rebuilds that were.
base::Result<unsigned> drop_remains(WorkSession& session, const PolicySql& sql,
                                    const RebuildLimits& limits, const std::stop_token& stop);

}  // namespace rollcall::postgres

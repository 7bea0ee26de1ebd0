#pragma once

#include "adapters/postgres/policy_sql.hpp"
#include "adapters/postgres/work_session.hpp"
#include "base/result.hpp"
#include "core/retention_plan.hpp"

#include <cstdint>
#include <string>

namespace rollcall::postgres {

// How long the look at a table may take.
constexpr base::Millis kLookPatience{120'000};
// A table with no more blocks is read whole; of a larger one, about as many are sampled.
constexpr std::uint64_t kSampledBlocks = 2048;

// Makes the statement after it go by an index: it reads no more than it returns, however wrong the
// statistics are.
constexpr const char* kByIndex =
    "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off;"
    "SET LOCAL enable_sort = off; SET LOCAL enable_incremental_sort = off;";

base::Result<core::RetentionFacts> read_facts(WorkSession& session, const PolicySql& sql);

// Whether a trigger may keep a row from being deleted without an error.
base::Result<bool> may_keep_rows(WorkSession& session, const PolicySql& sql);

}  // namespace rollcall::postgres

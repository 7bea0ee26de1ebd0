#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rollcall::postgres {

struct MigrationReport {
  int from = 0;                           // the version that was found; 0: no tables
  int to = 0;                             // the version that stands now
  std::vector<std::string_view> applied;  // what was done, a line each; empty when nothing
};

// Brings rollcall's tables to the version of this program: everything that is missing, or nothing,
// in one transaction under an advisory lock, so that any number of processes may start at once. A
// role that may not create tables can run rollcall on tables that are up to date.
//
// Blocks, for start-up only, a minute a statement at most. Errors: unavailable
// ("postgres_unavailable"; also for a lock that another holds), forbidden ("postgres_forbidden"),
// invalid_argument
// ("invalid_postgres_url", "postgres_too_old" before 14, "postgres_encoding" other than UTF8).
base::Result<MigrationReport> migrate(const std::string& url);

// The version of the tables that this program works with.
int newest_schema_version();

}  // namespace rollcall::postgres

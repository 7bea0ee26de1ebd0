#pragma once

#include "adapters/postgres/inspection.hpp"
#include "app/doctor/finding.hpp"

#include <string>
#include <vector>

namespace rollcall::app {

enum class TableRole {
  own,       // one that `rollcall migrate` makes
  sessions,  // postgres.sessions_table, to which every beat writes
  retained,  // of a [[retention]]
};

// Of a database that keeps rosters. `makes_tables` is postgres.migrate.
void judge(const postgres::ServerState& server, bool makes_tables, Findings& findings);

// Of any database that rollcall works on.
void judge_upkeep(const postgres::ServerState& server, Findings& findings);

void judge(const postgres::TableState& table, TableRole role, const std::string& time_column,
           Findings& findings);

}  // namespace rollcall::app

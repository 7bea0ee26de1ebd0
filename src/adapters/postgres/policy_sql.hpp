#pragma once

#include "adapters/postgres/work_session.hpp"
#include "base/result.hpp"
#include "core/retention_policy.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace rollcall::postgres {

// A policy as SQL, for its table as the catalogue has it. The table is `t` in the conditions,
// which take no parameters: every name and text in them is quoted.
struct PolicySql {
  struct Clause {
    core::RetentionClause clause = core::RetentionClause::expired;
    std::string column;  // its time, quoted
    std::string type;    // of that: timestamp or timestamptz
    std::string moment;  // its time, as a timestamptz
    std::string range;   // holds for every due row, and an index on the column can serve it
    std::string due;     // exact
  };

  std::string table;      // schema and name, quoted
  std::uint32_t oid = 0;  // of the table
  std::string user_id;    // quoted; empty: the policy names none
  std::string due;        // any clause
  std::vector<Clause> clauses;
};

// `invalid_argument` ("retention_table") for a table or columns of no use: a line with the mend
// for each thing that is wrong, which begins with "retention.NAME: "; `unavailable` or `timeout`
// when the database cannot tell.
base::Result<PolicySql> read_policy(WorkSession& session, const core::RetentionPolicy& policy);

// With "rete" in front, the OID of a table is the key of the advisory lock that claims it.
inline constexpr std::int64_t kClaimClass = 0x72657465;

// Runs claim a table shared, a rebuild claims it alone, until the session ends. False: the other
// kind is at work.
base::Result<bool> claim_shared(WorkSession& session, const PolicySql& sql);
base::Result<bool> claim_alone(WorkSession& session, const PolicySql& sql);

}  // namespace rollcall::postgres

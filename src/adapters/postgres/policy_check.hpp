#pragma once

#include "base/result.hpp"
#include "core/retention_policy.hpp"

namespace rollcall::postgres {

// Whether the table and columns of a policy are there and of use, and the role may do the work.
// `invalid_argument` ("retention_table"), with the mend, if not: "retention.NAME: ...";
// `unavailable` or `timeout` when the database cannot tell.
base::Status check_policy(const core::RetentionPolicy& policy);

}  // namespace rollcall::postgres

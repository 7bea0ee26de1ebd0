#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace rollcall::postgres {

// Whether a table can hold the sessions (SessionsTable): it is there, its columns have the right
// types, session_id is unique, and the server knows the time zone. Blocks, for start-up only, a
// minute a statement at most. Errors: invalid_argument ("sessions_table"), and unavailable for a
// server that cannot be asked.
base::Status check_sessions_table(const std::string& url, std::string_view table,
                                  const std::string& time_zone);

}  // namespace rollcall::postgres

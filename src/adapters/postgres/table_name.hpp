#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace rollcall::postgres {

// A table's name as people write it, `sessions`, `app.sessions` or `"odd.schema"."Odd Table"`, as
// SQL with each part quoted: letters without quotes keep their case, too. `invalid_argument`
// ("table_name") for what is none.
base::Result<std::string> quoted_table(std::string_view name);

}  // namespace rollcall::postgres

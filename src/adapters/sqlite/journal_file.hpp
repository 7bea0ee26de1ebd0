#pragma once

#include "adapters/sqlite/database.hpp"
#include "base/result.hpp"

#include <string>

namespace rollcall::sqlite {

// Opens the journal at `path` for this process alone, or makes it. A file that is anything else is
// left as it is. Errors: see Journal::open; their messages begin with the path.
base::Result<Database> open_journal_file(const std::string& path);

}  // namespace rollcall::sqlite

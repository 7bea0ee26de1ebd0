#pragma once

#include "adapters/postgres/rebuild_work.hpp"
#include "base/result.hpp"

namespace rollcall::postgres {

// The one step that changes the table, after those of rebuild_copy.hpp: under its lock it catches
// up, empties the table, puts the survivors back and removes what stood beside it. It takes up to
// the policy's `rebuild_lock`, or changes nothing: `timeout` ("rebuild_too_long").
base::Status swap_storage(RebuildWork& work);

}  // namespace rollcall::postgres

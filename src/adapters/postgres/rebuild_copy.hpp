#pragma once

#include "adapters/postgres/rebuild_work.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

#include <cstdint>

namespace rollcall::postgres {

// The steps before the lock, in this order. They change nothing in the table; but what writes to
// it notes the keys of its rows from the first one on.
base::Status begin_notes(RebuildWork& work);
base::Status copy_survivors(RebuildWork& work);
base::Status catch_up(RebuildWork& work);

// Brings the copy in line with what the table shows at this moment. Returns how many rows others
// have changed.
base::Result<std::uint64_t> take_over(RebuildWork& work, base::Millis patience);

// `unavailable` ("rebuild_changed") if the table is not as it was, or may not be rebuilt any more.
base::Status check_unchanged(RebuildWork& work);

}  // namespace rollcall::postgres

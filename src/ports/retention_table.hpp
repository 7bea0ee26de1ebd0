#pragma once

#include "base/result.hpp"
#include "core/retention_pace.hpp"
#include "core/retention_plan.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace rollcall::ports {

inline constexpr std::string_view kStopped = "stopped";

// The table of one policy, for one thread. Calls block, and end early with `unavailable`
// ("stopped") once the run was told to stop. Each sweep is a transaction of its own, waits for
// nobody longer than a moment, and deletes exactly rows that are due as it commits: one that was
// changed meanwhile, and is no longer due, stays.
// Errors: `unavailable` and `timeout` (what was under way may have been deleted or not; the next
// call connects again), `invalid_argument` (the table is not as the policy says; trying again is
// of no use).
class RetentionTable {
 public:
  virtual ~RetentionTable() = default;

  // `forbidden` ("rebuilding"): a rebuild is at work, so that nothing may be swept.
  virtual base::Result<core::RetentionFacts> look() = 0;

  struct Sweep {
    std::uint64_t deleted = 0;
    std::uint64_t locked = 0;   // due, and held by somebody: for later
    std::uint64_t refused = 0;  // due, and kept by a foreign key or a trigger
  };
  // The due rows in blocks [first, last).
  virtual base::Result<Sweep> sweep_blocks(std::uint64_t first, std::uint64_t last) = 0;

  struct OrderedSweep {
    std::uint64_t deleted = 0;
    std::string cursor;    // where the next one goes on
    bool is_end = false;   // no due row is left after it, but those that were locked
    bool refused = false;  // a row may not go, and it cannot be told which: use sweep_blocks
  };
  // Up to `limit` due rows of a clause that has an index, the oldest first; an empty cursor
  // begins.
  virtual base::Result<OrderedSweep> sweep_oldest(core::RetentionClause clause,
                                                  const std::string& cursor,
                                                  std::size_t limit) = 0;

  // How many rows of the clause the sweeps have left, counted up to `limit`, by its index.
  virtual base::Result<std::uint64_t> count_due(core::RetentionClause clause,
                                                std::uint64_t limit) = 0;

  virtual base::Result<core::RetentionLoad> load() = 0;
};

}  // namespace rollcall::ports

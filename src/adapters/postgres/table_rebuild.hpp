#pragma once

#include "base/result.hpp"
#include "core/retention_policy.hpp"

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::postgres {

// What a rebuild would do, or why it would not.
struct RebuildOutlook {
  std::vector<std::string> refusals;  // each with its mend; none: it may begin
  std::vector<std::string> notes;     // what to know before
  std::uint64_t rows = 0;             // visible, estimated
  std::uint64_t survivors = 0;        // estimated
  std::uint64_t bytes = 0;            // table and indexes, now
  std::uint64_t bytes_after = 0;      // about
  base::Millis lock{0};               // about
};

struct RebuildProgress {
  // "prepares", "copies survivors", "catches up", "waits for the lock", "vacuums".
  std::string_view step;
  std::uint64_t survivors = 0;
  std::uint64_t changes = 0;  // by others, that were taken over
  unsigned attempts = 0;      // to get the lock
};

struct RebuildLimits {
  base::Millis lock_wait{200};      // an attempt to lock the table: who comes later waits as long
  base::Millis vacuum_wait{1'500};  // while a vacuum holds it: past deadlock_timeout it gives way
  unsigned attempts = 40;
  base::Millis first_rest{100};  // at most, before the next attempt; doubles
  base::Millis last_rest{10'000};
  unsigned rounds = 20;               // of catching up, before the lock is taken all the same
  std::uint64_t small_round = 1'000;  // changes that may be left for the time under the lock
};

struct RebuildReport {
  std::uint64_t survivors = 0;
  std::uint64_t changes = 0;
  std::uint64_t bytes_before = 0;
  std::uint64_t bytes_after = 0;
  unsigned attempts = 0;
  base::Millis locked{0};
  base::Millis took{0};
};

// Reads, and touches nothing.
base::Result<RebuildOutlook> look_at_rebuild(const core::RetentionPolicy& policy,
                                             std::stop_token stop);

// Replaces the table's storage by a fresh one with the rows that are not due. The table stays the
// same: its OID, indexes, constraints, views, triggers, privileges. Until the last commit nothing
// has changed; an error, a stop or a crash leaves the table as it was. Snapshots that are older
// than the commit see an empty table afterwards (as after TRUNCATE).
// Errors: `forbidden` ("rebuild_refused") before anything is touched; `timeout`
// ("rebuild_too_long") for a lock that would have lasted longer than the policy's `rebuild_lock`;
// `unavailable`: "rebuild_locked" (others never let go of the table), "rebuild_changed" (its
// definition, meanwhile), "stopped", or what PostgreSQL said.
base::Result<RebuildReport> rebuild_table(
    const core::RetentionPolicy& policy, std::stop_token stop,
    const std::function<void(const RebuildProgress&)>& on_progress,
    const RebuildLimits& limits = {});

// Removes what rebuilds that died have left beside the table; returns how many there were. Those
// that are at work are not touched. Until then, whoever writes to the table writes to a log, too.
base::Result<unsigned> remove_rebuild_remains(const core::RetentionPolicy& policy,
                                              std::stop_token stop);

}  // namespace rollcall::postgres

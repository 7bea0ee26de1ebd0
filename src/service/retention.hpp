#pragma once

#include "base/time.hpp"
#include "core/backoff.hpp"
#include "core/retention_policy.hpp"
#include "service/retention_run.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace rollcall::service {

// How a policy fares on this node.
struct RetentionStatus {
  struct Run {
    base::WallTime at;  // when it began
    RetentionReport report;
  };

  std::string policy;
  std::string table;
  std::optional<RetentionProgress> running;
  base::WallTime next;     // when it runs again
  std::deque<Run> latest;  // oldest first, up to kMaxRuns
  std::uint64_t runs = 0;
  std::uint64_t failures = 0;
  std::uint64_t failures_in_a_row = 0;
  std::uint64_t deleted = 0;
  std::uint64_t deleted_bytes = 0;
  base::Millis worked{0};
  std::uint64_t backlog = 0;           // rows that are due, by the latest look or progress
  std::optional<base::Millis> oldest;  // by the latest look that ended a run

  static constexpr std::size_t kMaxRuns = 20;
};

// Runs each policy at its interval, jittered by a quarter, and soon again after a failure. One
// thread calls run_due(); any may ask for the status. Any number of nodes may do so at once.
class Retention {
 public:
  using MakeTable =
      std::function<std::unique_ptr<ports::RetentionTable>(const core::RetentionPolicy&)>;
  struct Events {
    std::function<void(const RetentionStatus&)> on_begin;  // once the plan is made
    std::function<void(const RetentionStatus&)> on_end;    // its last run is latest.back()
  };

  static constexpr base::Millis kFirstRun{10'000};  // at most, after the start
  static constexpr base::Millis kFirstRetry{10'000};
  static constexpr base::Millis kLastRetry{600'000};

  // The clock outlives it. Events come from the thread that runs.
  Retention(MakeTable make_table, Events events, const base::Clock& clock, std::uint32_t seed);

  // Keeps what is known of policies whose name stays; a run under way goes on as it began. From
  // any thread.
  void replace_policies(std::vector<core::RetentionPolicy> policies);

  // Runs what is due, one policy after the other; returns how long there is nothing to do.
  // `rest` is as RetentionRun has it.
  base::Millis run_due(const std::function<bool(base::Millis)>& rest);

  std::vector<RetentionStatus> status() const;  // from any thread

 private:
  struct Entry {
    core::RetentionPolicy policy;
    RetentionStatus status;
    core::Backoff backoff;
  };
  // A run under way, of the policy as it was when that began.
  struct Turn {
    std::shared_ptr<Entry> entry;
    core::RetentionPolicy policy;
    base::WallTime began;
    std::uint32_t seed = 0;
  };

  std::optional<Turn> take_due();
  void run(const Turn& turn, const std::function<bool(base::Millis)>& rest);
  void note(Entry& entry, const RetentionProgress& progress);
  void end(const Turn& turn, RetentionReport report);
  RetentionStatus status_of(const Entry& entry) const;
  base::Millis until_next() const;
  base::Millis jittered(base::Millis every);
  std::uint32_t next_seed() { return static_cast<std::uint32_t>(random_()); }

  MakeTable make_table_;
  Events events_;
  const base::Clock& clock_;
  mutable std::mutex mutex_;  // of what follows, and of each status
  std::minstd_rand random_;
  std::vector<std::shared_ptr<Entry>> entries_;
};

}  // namespace rollcall::service

#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "core/retention_pace.hpp"
#include "core/retention_plan.hpp"
#include "ports/retention_table.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace rollcall::service {

struct RetentionProgress {
  core::RetentionPlan plan;
  std::uint64_t deleted = 0;  // rows; of a dry run: that would be
  std::uint64_t blocks_done = 0;  // of a pass over the table
  std::uint64_t blocks = 0;
  base::Millis elapsed{0};
  std::uint64_t rows_per_s = 0;           // since the start
  std::optional<base::Millis> time_left;  // nothing: it cannot be told yet
  std::string slowed_by;                  // empty: nothing
};

struct RetentionReport {
  enum class Outcome {
    done,     // nothing due is left, but what is counted below
    stopped,  // told to; the next run goes on
    failed,   // by `error`; the next run goes on
  };

  Outcome outcome = Outcome::done;
  core::RetentionPlan plan;
  std::uint64_t deleted = 0;
  std::uint64_t deleted_bytes = 0;  // about
  std::uint64_t locked = 0;         // due, and held by others to the end
  std::uint64_t refused = 0;        // due, and kept by a foreign key or a trigger
  base::Millis took{0};
  std::optional<base::Millis> oldest;  // age of the oldest due row before the run
  std::optional<base::Error> error;
};

std::string_view name_of(RetentionReport::Outcome outcome);

// One run over the table of a policy, from the look to the last due row. It has no budget of time:
// a backlog of any size is drained in one run.
class RetentionRun {
 public:
  struct Hooks {
    // Rests so long; false: told to stop.
    std::function<bool(base::Millis)> rest;
    std::function<void(const RetentionProgress&)> on_progress;
  };

  // All of it outlives the run. `seed` says where in the table a pass begins, so that runs of
  // several instances meet late.
  RetentionRun(const core::RetentionPolicy& policy, ports::RetentionTable& table,
               const base::Clock& clock, Hooks hooks, std::uint32_t seed);

  RetentionReport run();

 private:
  const core::RetentionPolicy& policy_;
  ports::RetentionTable& table_;
  const base::Clock& clock_;
  Hooks hooks_;
};

}  // namespace rollcall::service

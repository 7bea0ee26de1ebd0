#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "core/retention_pace.hpp"
#include "core/retention_plan.hpp"
#include "ports/retention_table.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::service {

struct RetentionProgress {
  core::RetentionPlan plan;
  std::uint64_t deleted = 0;      // rows; of a dry run: that would be
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
// a backlog of any size is drained in one run. A lost connection or a late answer is tried again
// some times.
class RetentionRun {
 public:
  static constexpr unsigned kMaxTries = 6;     // of a call that fails, one after the other
  static constexpr unsigned kLaterRounds = 3;  // after locked rows
  static constexpr base::Millis kLaterRest{1000};
  static constexpr base::Millis kLoadEvery{250};
  static constexpr base::Millis kReplicaRest{500};
  static constexpr std::size_t kMaxLater = 1000;  // ranges with locked rows

  struct Hooks {
    // Rests so long, or not at all; false: told to stop.
    std::function<bool(base::Millis)> rest;
    std::function<void(const RetentionProgress&)> on_progress;
  };

  // All of it outlives the run. `seed` says where in the table a pass begins, so that runs of
  // several instances meet late.
  RetentionRun(const core::RetentionPolicy& policy, ports::RetentionTable& table,
               const base::Clock& clock, Hooks hooks, std::uint32_t seed);

  RetentionReport run();

 private:
  struct Range {
    std::uint64_t first;
    std::uint64_t last;
  };

  void carry_out(const core::RetentionFacts& facts);
  bool pass(std::uint64_t blocks);
  bool sweep(Range range);
  bool sweep_again();
  bool trickle();
  bool trickle_once(core::RetentionClause clause, bool& has_grown);
  std::optional<std::uint64_t> count_left();

  template <typename T, typename Call>
  std::optional<T> attempt(Call call);
  template <typename T, typename Call>
  std::optional<T> paced(core::RetentionPace& pace, Call call);
  bool yield_to_others(core::RetentionPace& pace);
  bool may_try_again(const base::Error& error, unsigned tries);
  bool rest(base::Millis time);
  void keep_for_later(Range range);
  void count(std::uint64_t deleted);
  void tell();
  base::Millis elapsed() const { return clock_.now() - began_; }

  const core::RetentionPolicy& policy_;
  ports::RetentionTable& table_;
  const base::Clock& clock_;
  Hooks hooks_;
  std::uint32_t seed_;
  core::RetentionPace block_pace_;
  core::RetentionPace row_pace_;
  base::WallTime began_;
  base::WallTime next_load_;
  std::uint64_t row_bytes_ = 0;
  std::vector<Range> later_;
  RetentionProgress progress_;
  RetentionReport report_;
};

}  // namespace rollcall::service

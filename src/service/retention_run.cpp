#include "service/retention_run.hpp"

#include "core/backoff.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::service {
namespace {

constexpr base::Millis kFirstRetry{200};
constexpr base::Millis kLastRetry{5000};
constexpr std::size_t kFirstRows = 500;
constexpr std::size_t kLeastRows = 10;
constexpr std::size_t kMostRows = 5000;
constexpr base::Millis kTellableAfter{1000};  // before, a rate says nothing
constexpr std::uint64_t kMaxCounted = 10'000;
constexpr std::uint64_t kGrowth = 2;  // times what was due; then a pass is less work

core::RetentionPace::Limits limits_of(const core::RetentionPolicy& policy) {
  core::RetentionPace::Limits limits;
  limits.target = policy.batch_target;
  limits.replica_lag = policy.replica_lag;
  return limits;
}

core::RetentionPace::Limits row_limits_of(const core::RetentionPolicy& policy) {
  core::RetentionPace::Limits limits = limits_of(policy);
  limits.least = kLeastRows;
  limits.first = kFirstRows;
  limits.most = kMostRows;
  return limits;
}

std::optional<base::Millis> share_left(base::Millis elapsed, std::uint64_t done,
                                       std::uint64_t all) {
  if (elapsed < kTellableAfter || done == 0) return std::nullopt;
  const double rest = static_cast<double>(all - std::min(all, done)) / static_cast<double>(done);
  return base::Millis(static_cast<base::Millis::rep>(static_cast<double>(elapsed.count()) * rest));
}

}  // namespace

std::string_view name_of(RetentionReport::Outcome outcome) {
  switch (outcome) {
    case RetentionReport::Outcome::done:
      return "done";
    case RetentionReport::Outcome::stopped:
      return "stopped";
    case RetentionReport::Outcome::failed:
      return "failed";
  }
  return "";
}

RetentionRun::RetentionRun(const core::RetentionPolicy& policy, ports::RetentionTable& table,
                           const base::Clock& clock, Hooks hooks, std::uint32_t seed)
    : policy_(policy),
      table_(table),
      clock_(clock),
      hooks_(std::move(hooks)),
      seed_(seed),
      block_pace_(limits_of(policy)),
      row_pace_(row_limits_of(policy)) {}

RetentionReport RetentionRun::run() {
  began_ = clock_.now();
  next_load_ = began_;
  const auto facts = attempt<core::RetentionFacts>([this] { return table_.look(); });
  if (facts) carry_out(*facts);
  report_.took = elapsed();
  return std::move(report_);
}

void RetentionRun::carry_out(const core::RetentionFacts& facts) {
  row_bytes_ = facts.row_bytes;
  report_.plan = progress_.plan = core::plan_retention(policy_, facts);
  report_.oldest = facts.oldest;
  tell();
  if (report_.plan.way == core::RetentionWay::nothing) return;
  const bool is_trickle = report_.plan.way == core::RetentionWay::trickle;
  if (is_trickle ? trickle() : pass(facts.blocks)) sweep_again();
}

// Round the table once, from a block of this run's own: what other runs have swept by then is
// quickly read.
bool RetentionRun::pass(std::uint64_t blocks) {
  progress_.blocks = blocks;
  progress_.blocks_done = 0;
  const std::uint64_t start = blocks == 0 ? 0 : seed_ % blocks;
  return sweep({start, blocks}) && sweep({0, start});
}

bool RetentionRun::sweep(Range range) {
  while (range.first < range.last) {
    Range step{range.first, range.first};
    const auto swept = paced<ports::RetentionTable::Sweep>(block_pace_, [&] {
      step.last = std::min(range.last, range.first + block_pace_.size());
      return table_.sweep_blocks(step.first, step.last);
    });
    if (!swept) return false;
    if (swept->locked > 0) keep_for_later(step);
    report_.locked += swept->locked;
    report_.refused += swept->refused;
    progress_.blocks_done =
        std::min(progress_.blocks, progress_.blocks_done + step.last - step.first);
    range.first = step.last;
    count(swept->deleted);
  }
  return true;
}

bool RetentionRun::sweep_again() {
  for (unsigned round = 0; round < kLaterRounds && !later_.empty(); ++round) {
    if (!rest(kLaterRest)) return false;
    report_.locked = 0;
    for (const Range& range : std::exchange(later_, {})) {
      if (!sweep(range)) return false;
    }
  }
  return true;
}

// More rows than the index serves well, or one that may not go: the pass finds its way.
bool RetentionRun::trickle() {
  bool has_grown = false;
  for (unsigned round = 0; round <= kLaterRounds; ++round) {
    if (round > 0 && !rest(kLaterRest)) return false;
    for (const core::RetentionClause clause : core::clauses_of(policy_)) {
      if (!trickle_once(clause, has_grown)) return false;
    }
    if (has_grown) {
      report_.plan.way = progress_.plan.way = core::RetentionWay::backlog;
      const auto facts = attempt<core::RetentionFacts>([this] { return table_.look(); });
      return facts && pass(facts->blocks);
    }
    const auto left = count_left();
    if (!left) return false;
    report_.locked = *left;
    if (*left == 0) return true;
  }
  return true;
}

bool RetentionRun::trickle_once(core::RetentionClause clause, bool& has_grown) {
  std::string cursor;
  std::uint64_t deleted = 0;
  while (!has_grown) {
    const auto swept = paced<ports::RetentionTable::OrderedSweep>(
        row_pace_, [&] { return table_.sweep_oldest(clause, cursor, row_pace_.size()); });
    if (!swept) return false;
    count(swept->deleted);
    deleted += swept->deleted;
    if (swept->is_end) return true;
    has_grown = swept->refused || deleted > kGrowth * progress_.plan.due_rows + kMostRows;
    cursor = swept->cursor;
  }
  return true;
}

std::optional<std::uint64_t> RetentionRun::count_left() {
  std::uint64_t left = 0;
  for (const core::RetentionClause clause : core::clauses_of(policy_)) {
    const auto due = attempt<std::uint64_t>([&] { return table_.count_due(clause, kMaxCounted); });
    if (!due) return std::nullopt;
    left += *due;
  }
  return left;
}

// Nothing: the run is over, and the report says why.
template <typename T, typename Call>
std::optional<T> RetentionRun::attempt(Call call) {
  core::Backoff backoff(kFirstRetry, kLastRetry, seed_);
  for (unsigned tries = 1;; ++tries) {
    if (!rest(base::Millis(0))) return std::nullopt;
    base::Result<T> result = call();
    if (result) return std::move(result).value();
    if (!may_try_again(result.error(), tries)) return std::nullopt;
    if (!rest(kFirstRetry + backoff.next())) return std::nullopt;
  }
}

template <typename T, typename Call>
std::optional<T> RetentionRun::paced(core::RetentionPace& pace, Call call) {
  if (!yield_to_others(pace)) return std::nullopt;
  return attempt<T>([&] {
    const base::WallTime began = clock_.now();
    base::Result<T> result = call();
    result.ok() ? pace.batch_took(clock_.now() - began) : pace.batch_failed();
    return result;
  });
}

bool RetentionRun::yield_to_others(core::RetentionPace& pace) {
  if (!rest(pace.pause())) return false;
  while (clock_.now() >= next_load_) {
    next_load_ = clock_.now() + kLoadEvery;
    const auto load = table_.load();
    if (!load) return true;  // the sweep meets what is wrong, and tells
    pace.observe(load.value());
    progress_.slowed_by = pace.reason();
    if (!pace.must_wait()) return true;
    tell();
    if (!rest(kReplicaRest)) return false;
    next_load_ = clock_.now();
  }
  return true;
}

bool RetentionRun::may_try_again(const base::Error& error, unsigned tries) {
  if (error.code == ports::kStopped) {
    report_.outcome = RetentionReport::Outcome::stopped;
    return false;
  }
  const bool may_pass = error.kind == base::Errc::unavailable || error.kind == base::Errc::timeout;
  if (may_pass && tries < kMaxTries) {
    progress_.slowed_by = error.message;
    tell();
    return true;
  }
  report_.outcome = RetentionReport::Outcome::failed;
  report_.error = error;
  return false;
}

bool RetentionRun::rest(base::Millis time) {
  if (hooks_.rest(time)) return true;
  report_.outcome = RetentionReport::Outcome::stopped;
  return false;
}

// Past the limit the last range takes in what lies between.
void RetentionRun::keep_for_later(Range range) {
  const bool adjoins = !later_.empty() && later_.back().last == range.first;
  if (later_.size() < kMaxLater && !adjoins) return later_.push_back(range);
  later_.back().first = std::min(later_.back().first, range.first);
  later_.back().last = std::max(later_.back().last, range.last);
}

void RetentionRun::count(std::uint64_t deleted) {
  progress_.deleted += deleted;
  report_.deleted = progress_.deleted;
  report_.deleted_bytes = progress_.deleted * row_bytes_;
  tell();
}

void RetentionRun::tell() {
  progress_.elapsed = elapsed();
  const auto millis =
      static_cast<std::uint64_t>(std::max<base::Millis::rep>(progress_.elapsed.count(), 1));
  progress_.rows_per_s = progress_.deleted * 1000 / millis;
  progress_.time_left =
      progress_.plan.way == core::RetentionWay::backlog
          ? share_left(progress_.elapsed, progress_.blocks_done, progress_.blocks)
          : share_left(progress_.elapsed, progress_.deleted, progress_.plan.due_rows);
  hooks_.on_progress(progress_);
}

}  // namespace rollcall::service

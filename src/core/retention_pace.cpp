#include "core/retention_pace.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace rollcall::core {
namespace {

constexpr base::Millis kQuickAnswer{10};  // nobody minds
constexpr int kSlowdown = 4;              // times the best answer so far

}  // namespace

RetentionPace::RetentionPace(const Limits& limits) : limits_(limits), size_(limits.first) {}

// Towards the target, by no more than a half or a double at once.
void RetentionPace::batch_took(base::Millis time) {
  last_ = time;
  const auto took = static_cast<std::size_t>(std::max<base::Millis::rep>(time.count(), 1));
  const auto target = static_cast<std::size_t>(limits_.target.count());
  const std::size_t fitting = size_ * target / took;
  size_ = std::clamp(std::clamp(fitting, size_ / 2, size_ * 2), limits_.least, limits_.most);
}

void RetentionPace::batch_failed() {
  shrink();
  pause_ = std::max(pause_, limits_.target);
}

// To rest as long as the batch took leaves the others half of the time.
void RetentionPace::observe(const RetentionLoad& load) {
  std::vector<std::string> reasons;
  if (best_answer_.count() == 0 || load.answer < best_answer_) best_answer_ = load.answer;
  must_wait_ = load.replica_lag > limits_.replica_lag;
  if (must_wait_) {
    reasons.push_back(
        fmt::format("replica {} is {} ms behind", load.replica, load.replica_lag.count()));
  }
  if (load.waiting > 0) {
    shrink();
    reasons.push_back(fmt::format("{} sessions wait for a lock", load.waiting));
  }
  if (load.answer > std::max(best_answer_ * kSlowdown, kQuickAnswer)) {
    shrink();
    reasons.push_back(fmt::format("the server answers in {} ms", load.answer.count()));
  }
  if (load.is_vacuumed) reasons.emplace_back("a vacuum is at work on the table");
  pause_ = reasons.empty() ? base::Millis(0) : std::max(last_, base::Millis(1));
  reason_ = fmt::format("{}", fmt::join(reasons, ", "));
}

void RetentionPace::shrink() {
  size_ = std::max(size_ / 2, limits_.least);
}

}  // namespace rollcall::core

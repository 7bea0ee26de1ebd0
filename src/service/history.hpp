#pragma once

#include "base/time.hpp"
#include "core/answer.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>

namespace rollcall::service {

inline constexpr std::array kSources{core::Source::memory, core::Source::redis,
                                     core::Source::postgres, core::Source::local};

// What a node has counted since it started, and what it has now.
struct Totals {
  std::uint64_t messages_in = 0;
  std::uint64_t messages_out = 0;
  std::uint64_t slow_consumers = 0;
  std::array<std::uint64_t, kSources.size()> beats{};  // in the order of kSources
  std::uint64_t websockets = 0;                        // open now
  std::map<std::string, std::uint64_t> online;         // live members now, by roster
};

// The last hour of a node, in steps of ten seconds: so that a page has its charts at once.
class History {
 public:
  static constexpr base::Millis kEvery{10'000};
  static constexpr base::Millis kFirst{1'000};  // soon, so that a new node has something to show
  static constexpr std::size_t kSteps = 360;

  struct Step {
    base::WallTime at;                            // the step's end
    double messages_in = 0;                       // a second
    double messages_out = 0;                      // a second
    std::array<double, kSources.size()> beats{};  // a second
    std::uint64_t slow_consumers = 0;             // in this step
    std::uint64_t websockets = 0;                 // at its end
    std::map<std::string, std::uint64_t> online;  // at its end
  };

  explicit History(base::WallTime started) : since_(started), next_(started + kFirst) {}

  bool is_due(base::WallTime now) const { return now >= next_; }
  void add(base::WallTime now, Totals totals);

  const std::deque<Step>& steps() const { return steps_; }  // oldest first
  const Totals& latest() const { return totals_; }

 private:
  base::WallTime since_;  // where the next step begins
  base::WallTime next_;
  Totals totals_;  // at that time
  std::deque<Step> steps_;
};

}  // namespace rollcall::service

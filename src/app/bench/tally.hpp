#pragma once

#include "app/bench/histogram.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace rollcall::bench {

using Failures = std::map<std::string, std::uint64_t>;  // how many, by their kind

// What was done, how long each took, and what went wrong.
class Tally {
 public:
  void done(Micros took) { latency_.add(took); }
  // Kinds past the limit are counted as "other".
  void failed(std::string_view kind);

  std::uint64_t count() const { return latency_.count(); }
  std::uint64_t failures() const { return failures_; }
  const Histogram& latency() const { return latency_; }
  const Failures& kinds() const { return kinds_; }

 private:
  static constexpr std::size_t kMostKinds = 50;

  Histogram latency_;
  std::uint64_t failures_ = 0;
  Failures kinds_;
};

}  // namespace rollcall::bench

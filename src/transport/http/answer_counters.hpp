#pragma once

#include "base/metrics.hpp"
#include "core/answer.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace rollcall::http {

// How many answers came from which store, and how certain they were. Written by one thread, read
// by any.
class AnswerCounters {
 public:
  void add(const core::Answer& answer) { counters_[place_of(answer)].add(); }
  std::uint64_t get(core::Source source, core::Certainty certainty) const {
    return counters_[place_of({0, source, certainty})].get();
  }

 private:
  static constexpr std::size_t kSources = 4;
  static constexpr std::size_t kCertainties = 2;

  static std::size_t place_of(const core::Answer& answer) {
    return static_cast<std::size_t>(answer.source) * kCertainties +
           static_cast<std::size_t>(answer.certainty);
  }

  std::array<base::Counter, kSources * kCertainties> counters_;
};

}  // namespace rollcall::http

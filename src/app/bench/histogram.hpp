#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace rollcall::bench {

using Micros = std::chrono::microseconds;

// Latencies in fixed buckets, each at most 1/64 wider than its values: one microsecond to an hour
// in 14 KB, whatever is recorded.
class Histogram {
 public:
  void add(Micros value);

  std::uint64_t count() const { return count_; }
  Micros max() const { return max_; }
  Micros mean() const;
  // The value that so large a share of all is at or below, rounded up to its bucket's end; zero
  // while there is none.
  Micros quantile(double share) const;

 private:
  static constexpr std::size_t kSteps = 64;    // buckets from one power of two to the next
  static constexpr std::size_t kOctaves = 27;  // 64 us * 2^26: more than an hour
  static constexpr std::size_t kBuckets = kSteps * kOctaves;

  static std::size_t bucket_of(std::uint64_t value);
  static std::uint64_t last_of(std::size_t bucket);

  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  Micros max_{0};
};

}  // namespace rollcall::bench

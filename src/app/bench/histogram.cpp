#include "app/bench/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace rollcall::bench {

void Histogram::add(Micros value) {
  const auto us = static_cast<std::uint64_t>(std::max<Micros::rep>(value.count(), 0));
  ++buckets_[bucket_of(us)];
  ++count_;
  sum_ += us;
  max_ = std::max(max_, value);
}

Micros Histogram::mean() const {
  return Micros(count_ == 0 ? 0 : sum_ / count_);
}

Micros Histogram::quantile(double share) const {
  if (count_ == 0) return Micros(0);
  const double exact = std::ceil(share * static_cast<double>(count_));
  const auto rank = std::clamp(static_cast<std::uint64_t>(exact), std::uint64_t{1}, count_);
  std::uint64_t passed = 0;
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    passed += buckets_[bucket];
    if (passed >= rank) return std::min(Micros(last_of(bucket)), max_);
  }
  return max_;
}

// Below two times kSteps a bucket is one value; above, each power of two has kSteps of them.
std::size_t Histogram::bucket_of(std::uint64_t value) {
  if (value < kSteps) return value;
  const auto shift = static_cast<std::size_t>(std::bit_width(value) - std::bit_width(kSteps));
  return std::min(kSteps * shift + static_cast<std::size_t>(value >> shift), kBuckets - 1);
}

std::uint64_t Histogram::last_of(std::size_t bucket) {
  if (bucket < 2 * kSteps) return bucket;
  const std::size_t shift = bucket / kSteps - 1;
  return ((bucket - kSteps * shift + 1) << shift) - 1;
}

}  // namespace rollcall::bench

#include "app/bench/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace rollcall::bench {
namespace {

TEST(Histogram, IsEmptyAtFirst) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.quantile(0.5), Micros(0));
  EXPECT_EQ(histogram.mean(), Micros(0));
  EXPECT_EQ(histogram.max(), Micros(0));
}

TEST(Histogram, KeepsSmallValuesAsTheyAre) {
  Histogram histogram;
  for (int value = 1; value <= 100; ++value) histogram.add(Micros(value));
  EXPECT_EQ(histogram.quantile(0.5), Micros(50));
  EXPECT_EQ(histogram.quantile(0.99), Micros(99));
  EXPECT_EQ(histogram.quantile(1), Micros(100));
  EXPECT_EQ(histogram.quantile(0), Micros(1));
  EXPECT_EQ(histogram.mean(), Micros(50));
}

TEST(Histogram, TakesWhatIsLongerThanAnyBucket) {
  Histogram histogram;
  histogram.add(std::chrono::hours(1000));
  histogram.add(Micros(-5));
  EXPECT_EQ(histogram.max(), Micros(std::chrono::hours(1000)));
  EXPECT_EQ(histogram.count(), 2U);
}

RC_GTEST_PROP(Histogram, QuantilesAreRightWithinAStep, ()) {
  const auto values =
      *rc::gen::nonEmpty(rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 1'000'000'000)));
  const double share = *rc::gen::element(0.5, 0.9, 0.99, 0.999);
  Histogram histogram;
  for (const int value : values) histogram.add(Micros(value));
  std::vector<int> sorted = values;
  std::ranges::sort(sorted);
  const auto rank =
      static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  const auto exact = sorted[std::max<std::size_t>(rank, 1) - 1];
  const auto told = histogram.quantile(share).count();
  RC_ASSERT(told >= exact);
  RC_ASSERT(static_cast<double>(told) <= exact * (1 + 1.0 / 64) + 1);
  RC_ASSERT(histogram.max().count() == sorted.back());
}

}  // namespace
}  // namespace rollcall::bench

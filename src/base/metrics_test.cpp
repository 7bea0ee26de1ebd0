#include "base/metrics.hpp"

#include <gtest/gtest.h>

namespace rollcall::base {
namespace {

TEST(Counter, Adds) {
  Counter counter;
  counter.add();
  counter.add(41);
  EXPECT_EQ(counter.get(), 42U);
}

TEST(Gauge, GoesUpAndDown) {
  Gauge gauge;
  gauge.set(5);
  gauge.add(-7);
  EXPECT_EQ(gauge.get(), -2);
}

TEST(Histogram, ABoundBelongsToItsCell) {
  Histogram<2> histogram({1.0, 10.0});
  for (const double value : {0.5, 1.0, 1.5, 10.0, 10.5, 1000.0}) histogram.observe(value);
  EXPECT_EQ(histogram.cell(0), 2U);
  EXPECT_EQ(histogram.cell(1), 2U);
  EXPECT_EQ(histogram.cell(2), 2U);
  EXPECT_DOUBLE_EQ(histogram.sum(), 1023.5);
}

}  // namespace
}  // namespace rollcall::base

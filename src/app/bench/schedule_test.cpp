#include "app/bench/schedule.hpp"

#include <gtest/gtest.h>

namespace rollcall::bench {
namespace {

using std::chrono::milliseconds;

const SteadyTime kStart{std::chrono::hours(1)};

TEST(Schedule, WithoutARateARequestIsDueWhenItIsTaken) {
  Schedule schedule(0, 2);
  schedule.start(kStart);
  EXPECT_EQ(schedule.take(kStart + milliseconds(7)), kStart + milliseconds(7));
  EXPECT_EQ(schedule.take(kStart + milliseconds(7)), kStart + milliseconds(7));
  EXPECT_TRUE(schedule.is_over());
  EXPECT_FALSE(schedule.take(kStart + milliseconds(8)));
  EXPECT_EQ(schedule.missed(kStart + milliseconds(100)), 0U);
}

TEST(Schedule, AStallDelaysWhatWasDueAndHidesNothing) {
  Schedule schedule(100, 0);  // one each 10 ms
  schedule.start(kStart);
  EXPECT_EQ(schedule.take(kStart), kStart);
  EXPECT_FALSE(schedule.take(kStart + milliseconds(9)));
  EXPECT_EQ(schedule.next_due(kStart), kStart + milliseconds(10));
  const SteadyTime after_stall = kStart + milliseconds(1000);
  EXPECT_EQ(schedule.take(after_stall), kStart + milliseconds(10));
  EXPECT_EQ(schedule.take(after_stall), kStart + milliseconds(20));
  EXPECT_EQ(schedule.missed(after_stall), 97U);
}

TEST(Schedule, MissesNoMoreThanWereWanted) {
  Schedule schedule(1000, 5);
  schedule.start(kStart);
  EXPECT_EQ(schedule.missed(kStart), 0U);
  EXPECT_EQ(schedule.missed(kStart + milliseconds(500)), 5U);
}

}  // namespace
}  // namespace rollcall::bench

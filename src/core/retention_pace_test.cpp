#include "core/retention_pace.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rollcall::core {
namespace {

using base::Millis;
using ::testing::HasSubstr;

RetentionPace pace() {
  return RetentionPace({.target = Millis(50),
                        .least = 1,
                        .first = 64,
                        .most = 1024,
                        .replica_lag = Millis(10'000)});
}

RetentionLoad quiet() {
  RetentionLoad load;
  load.answer = Millis(1);
  return load;
}

TEST(RetentionPace, GrowsToTheMostWhenBatchesAreQuick) {
  RetentionPace p = pace();
  p.batch_took(Millis(0));
  EXPECT_EQ(p.size(), 128U);
  for (int i = 0; i < 10; ++i) p.batch_took(Millis(1));
  EXPECT_EQ(p.size(), 1024U);
}

TEST(RetentionPace, SettlesWhereABatchTakesTheTarget) {
  RetentionPace p = pace();
  constexpr int kBlocksAMilli = 4;
  for (int i = 0; i < 20; ++i) {
    p.batch_took(Millis(static_cast<Millis::rep>(p.size()) / kBlocksAMilli));
  }
  EXPECT_NEAR(static_cast<double>(p.size()), 200, 8);
}

TEST(RetentionPace, NeverFallsBelowTheFloor) {
  RetentionPace p = pace();
  for (int i = 0; i < 20; ++i) p.batch_took(Millis(60'000));
  EXPECT_EQ(p.size(), 1U);
  for (int i = 0; i < 20; ++i) p.batch_failed();
  EXPECT_EQ(p.size(), 1U);
  p.batch_took(Millis(1));
  EXPECT_EQ(p.size(), 2U);
}

TEST(RetentionPace, HalvesAndRestsAfterAFailure) {
  RetentionPace p = pace();
  p.batch_failed();
  EXPECT_EQ(p.size(), 32U);
  EXPECT_EQ(p.pause(), Millis(50));
}

TEST(RetentionPace, YieldsToThoseWhoWaitForALock) {
  RetentionPace p = pace();
  p.batch_took(Millis(40));
  const std::size_t before = p.size();
  RetentionLoad load = quiet();
  load.waiting = 2;
  p.observe(load);
  EXPECT_EQ(p.size(), before / 2);
  EXPECT_EQ(p.pause(), Millis(40));
  EXPECT_THAT(p.reason(), HasSubstr("2 sessions wait"));
  p.observe(quiet());
  EXPECT_EQ(p.pause(), Millis(0));
  EXPECT_EQ(p.reason(), "");
}

TEST(RetentionPace, YieldsToAVacuumOfTheTable) {
  RetentionPace p = pace();
  p.batch_took(Millis(40));
  RetentionLoad load = quiet();
  load.is_vacuumed = true;
  p.observe(load);
  EXPECT_EQ(p.pause(), Millis(40));
}

TEST(RetentionPace, YieldsWhenTheServerAnswersSlowlyForWhatItCan) {
  RetentionPace p = pace();
  p.observe(quiet());
  RetentionLoad slow = quiet();
  slow.answer = Millis(10);
  p.observe(slow);
  EXPECT_EQ(p.reason(), "");
  slow.answer = Millis(11);
  p.observe(slow);
  EXPECT_THAT(p.reason(), HasSubstr("answers in 11 ms"));
  EXPECT_EQ(p.size(), 32U);
}

// Its best answer may be slow: it is far away, not busy.
TEST(RetentionPace, DoesNotTakeDistanceForLoad) {
  RetentionPace p = pace();
  RetentionLoad load = quiet();
  load.answer = Millis(80);
  p.observe(load);
  EXPECT_EQ(p.reason(), "");
  load.answer = Millis(320);
  p.observe(load);
  EXPECT_EQ(p.reason(), "");
  load.answer = Millis(321);
  p.observe(load);
  EXPECT_NE(p.reason(), "");
}

TEST(RetentionPace, WaitsWhileAReplicaIsTooFarBehind) {
  RetentionPace p = pace();
  RetentionLoad load = quiet();
  load.replica = "standby1";
  load.replica_lag = Millis(10'000);
  p.observe(load);
  EXPECT_FALSE(p.must_wait());
  load.replica_lag = Millis(10'001);
  p.observe(load);
  EXPECT_TRUE(p.must_wait());
  EXPECT_THAT(p.reason(), HasSubstr("replica standby1 is 10001 ms behind"));
  p.observe(quiet());
  EXPECT_FALSE(p.must_wait());
}

}  // namespace
}  // namespace rollcall::core

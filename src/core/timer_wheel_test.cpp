#include "core/timer_wheel.hpp"

#include <map>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace rollcall::core {
namespace {

using base::Millis;
using base::WallTime;
using Ids = std::vector<TimerWheel::Id>;

constexpr Millis kTick{100};
const WallTime kStart{Millis(1'000'000'007)};

class TimerWheelTest : public testing::Test {
 protected:
  Ids rung_by(Millis since_start) {
    Ids ids;
    wheel_.advance(kStart + since_start, [&](TimerWheel::Id id) { ids.push_back(id); });
    return ids;
  }

  TimerWheel wheel_{kTick, kStart};
};

TEST_F(TimerWheelTest, RingsWithinATickAndNeverBefore) {
  wheel_.set(3, kStart + Millis(250));
  EXPECT_EQ(rung_by(Millis(250)), Ids{});
  EXPECT_EQ(rung_by(Millis(299)), Ids{});
  EXPECT_EQ(rung_by(Millis(300)), Ids{3});
  EXPECT_EQ(rung_by(Millis(10'000)), Ids{});
}

TEST_F(TimerWheelTest, WhatIsPastRingsAtTheNextTick) {
  rung_by(Millis(1000));
  wheel_.set(0, kStart);
  EXPECT_EQ(rung_by(Millis(1099)), Ids{});
  EXPECT_EQ(rung_by(Millis(1100)), Ids{0});
}

TEST_F(TimerWheelTest, ReplacesAndCancels) {
  wheel_.set(1, kStart + Millis(200));
  wheel_.set(2, kStart + Millis(200));
  wheel_.set(1, kStart + Millis(500));
  wheel_.cancel(2);
  wheel_.cancel(99);
  EXPECT_EQ(rung_by(Millis(400)), Ids{});
  EXPECT_EQ(rung_by(Millis(500)), Ids{1});
}

TEST_F(TimerWheelTest, WaitsForMoreThanARound) {
  constexpr Millis kFar{300'000};  // three rounds
  wheel_.set(1, kStart + kFar);
  EXPECT_EQ(rung_by(kFar - Millis(1)), Ids{});
  EXPECT_EQ(rung_by(kFar), Ids{1});
}

TEST_F(TimerWheelTest, NeverIsALongTime) {
  wheel_.set(1, WallTime::max());
  EXPECT_EQ(rung_by(Millis(200'000)), Ids{});
}

TEST_F(TimerWheelTest, WhatRingsMaySetAndCancelOthers) {
  for (const TimerWheel::Id id : {1U, 2U, 3U}) wheel_.set(id, kStart + Millis(100));
  Ids rung;
  wheel_.advance(kStart + Millis(100), [&](TimerWheel::Id id) {
    rung.push_back(id);
    for (const TimerWheel::Id other : {1U, 2U, 3U}) wheel_.cancel(other);
    wheel_.set(id, kStart + Millis(100));
  });
  ASSERT_EQ(rung.size(), 1U);
  EXPECT_EQ(rung_by(Millis(200)), rung);
}

RC_GTEST_PROP(TimerWheelProperty, EachAlarmRingsOnceInItsTick, ()) {
  TimerWheel wheel(kTick, kStart);
  std::map<TimerWheel::Id, WallTime> due;
  WallTime now = kStart;
  const auto steps = *rc::gen::container<std::vector<std::pair<TimerWheel::Id, int>>>(
      rc::gen::pair(rc::gen::inRange<TimerWheel::Id>(0, 8), rc::gen::inRange(0, 250'000)));
  for (const auto& [id, wait_ms] : steps) {
    if (wait_ms % 3 == 0) {
      wheel.cancel(id);
      due.erase(id);
    } else {
      wheel.set(id, now + Millis(wait_ms));
      due[id] = now + Millis(wait_ms);
    }
    now += Millis(wait_ms / 4);
    wheel.advance(now, [&](TimerWheel::Id rung) {
      RC_ASSERT(due.contains(rung));
      RC_ASSERT(due[rung] <= now);
      due.erase(rung);
    });
    for (const auto& [left, at] : due) RC_ASSERT(at + 2 * kTick > now);
  }
}

}  // namespace
}  // namespace rollcall::core

#include "core/server_clock.hpp"

#include <algorithm>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace rollcall::core {
namespace {

using base::Millis;
using base::WallTime;
using std::chrono::microseconds;
using std::chrono::seconds;
using Steady = ServerClock::SteadyTime;

// What the server's clock shows at `at`, when it is that far ahead.
WallTime shown(Steady at, microseconds ahead) {
  return WallTime(std::chrono::floor<Millis>(at.time_since_epoch() + ahead));
}

const Steady kStart{seconds(1000)};
const microseconds kAhead = seconds(1'760'000'000);

TEST(ServerClock, KnowsNothingBeforeTheFirstAnswer) {
  ServerClock clock;
  EXPECT_FALSE(clock.at_least(kStart));
  clock.learn(shown(kStart, kAhead), kStart, kStart + Millis(1));
  EXPECT_TRUE(clock.at_least(kStart));
  clock.forget();
  EXPECT_FALSE(clock.at_least(kStart));
}

TEST(ServerClock, AQuickAnswerTellsMoreThanASlowOne) {
  ServerClock clock;
  clock.learn(shown(kStart, kAhead), kStart, kStart + Millis(1));
  EXPECT_EQ(clock.at_least(kStart + Millis(1)), shown(kStart, kAhead));
  const Steady later = kStart + Millis(10);
  clock.learn(shown(later, kAhead), later, later + Millis(100));
  EXPECT_GE(*clock.at_least(later), shown(later, kAhead) - Millis(3));
  const Steady again = kStart + Millis(200);
  clock.learn(shown(again, kAhead), again, again);
  EXPECT_EQ(clock.at_least(again), shown(again, kAhead));
}

TEST(ServerClock, FollowsAClockThatWasSet) {
  for (const auto step : {seconds(3600), seconds(-3600), seconds(1), seconds(-1)}) {
    ServerClock clock;
    clock.learn(shown(kStart, kAhead), kStart, kStart + Millis(1));
    const Steady later = kStart + seconds(1);
    clock.learn(shown(later, kAhead + step), later, later + Millis(2));
    EXPECT_LE(*clock.at_least(later), shown(later, kAhead + step));
    EXPECT_GE(*clock.at_least(later), shown(later, kAhead + step) - Millis(3));
  }
}

TEST(ServerClock, TrustsAnOldAnswerLess) {
  ServerClock clock;
  clock.learn(shown(kStart, kAhead), kStart, kStart);
  const Steady later = kStart + seconds(100);
  EXPECT_EQ(clock.at_least(later), shown(later, kAhead) - Millis(100));
}

RC_GTEST_PROP(ServerClock, IsNeverAheadOfAServerThatDrifts, ()) {
  // Parts per million; what NTP slews by stays below 500.
  const auto drift = *rc::gen::inRange(-500, 501);
  const auto server_shows = [&](Steady at) {
    return shown(at,
                 kAhead + (at - kStart) / microseconds(1) * drift * microseconds(1) / 1'000'000);
  };
  ServerClock clock;
  Steady now = kStart;
  for (int i = 0; i < 50; ++i) {
    now += microseconds(*rc::gen::inRange(1, 5'000'000));
    const Steady answered = now + microseconds(*rc::gen::inRange(0, 75'000));
    const Steady heard = answered + microseconds(*rc::gen::inRange(0, 75'000));
    clock.learn(server_shows(answered), now, heard);
    now = heard;
    RC_ASSERT(*clock.at_least(now) <= server_shows(now));
    RC_ASSERT(*clock.at_least(now) >= server_shows(now) - Millis(77));
  }
}

}  // namespace
}  // namespace rollcall::core

#include "base/time.hpp"

#include <chrono>

#include <gtest/gtest.h>

namespace rollcall::base {
namespace {

using std::chrono::sys_days;
using std::chrono::year_month_day;

TEST(FormatRfc3339, GivesUtcWithMilliseconds) {
  EXPECT_EQ(format_rfc3339(WallTime{}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(format_rfc3339(WallTime{Millis{1'769'851'800'125}}), "2026-01-31T09:30:00.125Z");
  const WallTime leap_day = sys_days{
      year_month_day{std::chrono::year(2024), std::chrono::month(2), std::chrono::day(29)}};
  EXPECT_EQ(format_rfc3339(leap_day + Millis{7}), "2024-02-29T00:00:00.007Z");
}

TEST(FormatRfc3339, HoldsBefore1970) {
  EXPECT_EQ(format_rfc3339(WallTime{Millis{-1}}), "1969-12-31T23:59:59.999Z");
}

TEST(SteadyClock, BeginsAtTheSystemsTimeAndNeverGoesBack) {
  const auto before = std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now());
  const SteadyClock clock;
  WallTime last = clock.now();
  EXPECT_GE(last, before - Millis{1});
  EXPECT_LT(last, before + std::chrono::minutes(1));
  for (int i = 0; i < 1000; ++i) {
    const WallTime now = clock.now();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST(ManualClock, MovesOnlyWhenTold) {
  ManualClock clock(WallTime{Millis{100}});
  EXPECT_EQ(clock.now(), WallTime{Millis{100}});
  clock.advance(Millis{25});
  EXPECT_EQ(clock.now(), WallTime{Millis{125}});
}

}  // namespace
}  // namespace rollcall::base

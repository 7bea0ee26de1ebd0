#include "service/history.hpp"

#include <gtest/gtest.h>

namespace rollcall::service {
namespace {

using base::Millis;

constexpr base::WallTime kStart{Millis(1'795'379'143'511)};

TEST(History, IsDueSoonAfterTheStartAndThenEveryTenSeconds) {
  History history(kStart);
  EXPECT_FALSE(history.is_due(kStart + Millis(999)));
  EXPECT_TRUE(history.is_due(kStart + Millis(1'000)));
  history.add(kStart + Millis(1'000), {});
  EXPECT_FALSE(history.is_due(kStart + Millis(10'999)));
  EXPECT_TRUE(history.is_due(kStart + Millis(11'000)));
}

TEST(History, TellsRatesOfTheTimeThatWentBy) {
  History history(kStart);
  Totals totals;
  totals.messages_in = 10;
  totals.beats[1] = 40;
  history.add(kStart + Millis(2'000), totals);
  EXPECT_DOUBLE_EQ(history.steps().back().messages_in, 5);
  EXPECT_DOUBLE_EQ(history.steps().back().beats[1], 20);
  totals.messages_in = 30;
  totals.messages_out = 5;
  totals.slow_consumers = 3;
  history.add(kStart + Millis(12'000), totals);
  EXPECT_DOUBLE_EQ(history.steps().back().messages_in, 2);
  EXPECT_DOUBLE_EQ(history.steps().back().messages_out, 0.5);
  EXPECT_DOUBLE_EQ(history.steps().back().beats[1], 0);
  EXPECT_EQ(history.steps().back().slow_consumers, 3U);
}

TEST(History, KeepsWhatIsNowAsItIs) {
  History history(kStart);
  Totals totals;
  totals.websockets = 7;
  totals.online = {{"crm_navbar", 3}, {"online_sessions", 42}};
  history.add(kStart + Millis(1'000), totals);
  totals.websockets = 2;
  totals.online = {{"online_sessions", 41}};
  history.add(kStart + Millis(11'000), totals);
  EXPECT_EQ(history.steps().front().websockets, 7U);
  EXPECT_EQ(history.steps().front().online.at("crm_navbar"), 3U);
  EXPECT_EQ(history.steps().back().websockets, 2U);
  EXPECT_FALSE(history.steps().back().online.contains("crm_navbar"));
}

TEST(History, ForgetsWhatIsOlderThanItsLastStep) {
  History history(kStart);
  for (std::size_t i = 0; i < History::kSteps + 5; ++i) {
    Totals totals;
    totals.websockets = i;
    history.add(kStart + History::kEvery * static_cast<int>(i + 1), totals);
  }
  EXPECT_EQ(history.steps().size(), History::kSteps);
  EXPECT_EQ(history.steps().front().websockets, 5U);
  EXPECT_EQ(history.steps().back().websockets, History::kSteps + 4);
}

TEST(History, SurvivesTwoLooksInOneMoment) {
  History history(kStart);
  Totals totals;
  totals.messages_in = 1;
  history.add(kStart, totals);
  EXPECT_DOUBLE_EQ(history.steps().back().messages_in, 1'000);
}

}  // namespace
}  // namespace rollcall::service

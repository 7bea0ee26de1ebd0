#include "adapters/postgres/tally.hpp"

#include <gtest/gtest.h>

namespace rollcall::postgres {
namespace {

constexpr std::int64_t kCountedAt = 1000;
constexpr std::int64_t kBefore = 900;
constexpr std::int64_t kAfter = 1100;

Tally tally_of(std::uint64_t online) {
  Tally tally;
  tally.counted(online, kCountedAt);
  return tally;
}

Standing live(std::string_view member, std::int64_t since) {
  return {member, true, false, since};
}
Standing left(std::string_view member, std::int64_t since, bool was_live = true) {
  return {member, false, was_live, since};
}

TEST(Tally, KnowsNothingBeforeTheFirstCount) {
  Tally tally;
  tally.note(live("ada", kAfter));
  EXPECT_FALSE(tally.known());
  tally.counted(3, kCountedAt);
  EXPECT_TRUE(tally.known());
  EXPECT_EQ(tally.online(), 3U);
  tally.forget();
  EXPECT_FALSE(tally.known());
}

TEST(Tally, AnArrivalIsAddedOnce) {
  Tally tally = tally_of(5);
  tally.note(live("ada", kAfter));
  tally.note(live("ada", kAfter));
  tally.note(live("bob", kAfter));
  EXPECT_EQ(tally.online(), 7U);
}

TEST(Tally, WhoIsInTheCountIsNotAdded) {
  Tally tally = tally_of(5);
  tally.note(live("ada", kBefore));
  tally.note(live("bob", kCountedAt));
  EXPECT_EQ(tally.online(), 5U);
}

TEST(Tally, LeavingTakesOffOnce) {
  Tally tally = tally_of(5);
  tally.note(left("ada", kBefore));
  tally.note(left("ada", kBefore, false));
  EXPECT_EQ(tally.online(), 4U);
  tally.note(live("bob", kAfter));
  tally.note(left("bob", kAfter));
  tally.note(left("bob", kAfter, false));
  EXPECT_EQ(tally.online(), 4U);
}

TEST(Tally, ComingBackCountsAgain) {
  Tally tally = tally_of(5);
  tally.note(left("ada", kBefore));
  tally.note(live("ada", kAfter));
  tally.note(live("ada", kAfter));
  EXPECT_EQ(tally.online(), 5U);
}

// Another node's arrival that is in no count of this node yet.
TEST(Tally, LeavingWithoutBeingCountedTakesNobodyElseOff) {
  Tally tally = tally_of(5);
  tally.note(left("ada", kAfter));
  EXPECT_EQ(tally.online(), 5U);
  Tally empty = tally_of(0);
  empty.note(left("ada", kBefore));
  EXPECT_EQ(empty.online(), 0U);
}

TEST(Tally, ANewCountHoldsTheArrivals) {
  Tally tally = tally_of(5);
  tally.note(live("ada", kAfter));
  tally.counted(6, kAfter + 1);
  tally.note(live("ada", kAfter));
  EXPECT_EQ(tally.online(), 6U);
}

}  // namespace
}  // namespace rollcall::postgres

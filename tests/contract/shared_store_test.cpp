#include "contract/shared_store_contract.hpp"

#include <chrono>

namespace rollcall::contract {
namespace {

using base::Millis;
using std::chrono::seconds;

TEST_P(SharedStoreContract, TakesAProbeThatLeavesTheRosterAsItIs) {
  touch(member("ada"), seconds(10));
  const auto before = sightings({member("ada")}).front();
  probe();
  probe();
  const auto after = sightings({member("ada")}).front();
  ASSERT_TRUE(before);
  ASSERT_TRUE(after);
  EXPECT_EQ(after->last_seen, before->last_seen);
  expect_online(1);
}

TEST_P(SharedStoreContract, AFreshChangeIsATouchOrALeave) {
  change(touched("ada", Millis(0)));
  EXPECT_TRUE(is_live(member("ada")));
  change(left("ada", Millis(0)));
  EXPECT_FALSE(is_live(member("ada")));
  change(touched("ada", Millis(0)));
  EXPECT_TRUE(is_live(member("ada")));
}

TEST_P(SharedStoreContract, AnAgedLeaveDoesNotUndoALaterTouch) {
  touch(member("ada"));
  touch(member("bob"), seconds(4));
  change(left("ada", seconds(5)));
  merge({left("bob", seconds(5))});
  EXPECT_TRUE(is_live(member("ada")));
  EXPECT_TRUE(is_live(member("bob")));
  change(left("bob", seconds(3)));
  EXPECT_FALSE(is_live(member("bob")));
  expect_online(1);
}

TEST_P(SharedStoreContract, AnAgedLeaveEndsEarlierTouchesWhicheverComesFirst) {
  touch(member("before"), seconds(10));
  change(left("before", seconds(5)));
  change(left("after", seconds(5)));
  touch(member("after"), seconds(10));
  EXPECT_FALSE(is_live(member("before")));
  EXPECT_FALSE(is_live(member("after")));
  change(touched("after", seconds(2)));
  EXPECT_TRUE(is_live(member("after")));
  expect_online(1);
}

TEST_P(SharedStoreContract, TakesAWholeMerge) {
  std::vector<core::Change> changes;
  const auto most = ports::SharedRosterStore::kMostMerged;
  for (std::size_t i = 0; i < most; ++i) {
    changes.push_back({member("m" + std::to_string(i)), i % 4 == 3, seconds(5)});
  }
  touch(member("m3"), seconds(10));
  merge(changes);
  expect_online(most / 4 * 3);
  EXPECT_TRUE(is_live(member("m0")));
  EXPECT_FALSE(is_live(member("m3")));
  merge(changes);
  expect_online(most / 4 * 3);
}

TEST_P(SharedStoreContract, AMergeOfNothingIsNoError) {
  merge({});
  expect_online(0);
}

TEST_P(SharedStoreContract, WhatIsPastTheTtlIsMergedWithoutEffect) {
  merge({touched("old", harness().ttl() + seconds(5)), touched("young", seconds(5))});
  EXPECT_FALSE(is_live(member("old")));
  EXPECT_TRUE(is_live(member("young")));
  expect_online(1);
}

TEST_P(SharedStoreContract, AMergedTouchKeepsItsAge) {
  merge({touched("ada", seconds(12))});
  const auto seen = sightings({member("ada")}).front();
  ASSERT_TRUE(seen);
  EXPECT_GE(seen->age, seconds(12));
  EXPECT_LT(seen->age, seconds(17));
  merge({touched("ada", seconds(20))});
  const auto again = sightings({member("ada")}).front();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->last_seen, seen->last_seen);
}

TEST_P(SharedStoreContract, AMergedResetEndsWhatWasBeforeItAndNothingElse) {
  touch(member("before"), seconds(10));
  touch(member("after"), seconds(2));
  touch(member("now"));
  merge({}, seconds(5));
  EXPECT_EQ(live_of({member("before"), member("after"), member("now")}),
            (std::set<std::string>{"after", "now"}));
  expect_online(2);
  merge({touched("late", seconds(7)), touched("later", seconds(3))});
  EXPECT_FALSE(is_live(member("late")));
  EXPECT_TRUE(is_live(member("later")));
  merge({touched("left", seconds(1))}, seconds(5));
  expect_online(4);
}

TEST_P(SharedStoreContract, AResetOfManyLeavesTheManyThatCameLater) {
  const auto before = members("before", 6000);
  const auto after = members("after", 1500);
  touch_all(before, seconds(10));
  touch_all(after, seconds(2));
  merge({}, seconds(5));
  expect_online(after.size());
  EXPECT_TRUE(live_of(before).empty());
  EXPECT_EQ(live_of(after).size(), after.size());
}

TEST_P(SharedStoreContract, AResetAtOneNodeIsToldToTheOthers) {
  if (!harness().shared()) GTEST_SKIP() << "a roster of one node";
  Ears ears;
  shared(0).listen(ears);
  touch(member("ada"), Millis(0), 0);
  reset(1);
  touch(member("bob"), Millis(0), 1);
  EXPECT_TRUE(run_until([&] {
    count(0);
    return !ears.reset_ages.empty();
  }));
  for (const Millis age : ears.reset_ages) {
    EXPECT_GE(age, Millis(0));
    EXPECT_LT(age, seconds(10));
  }
  EXPECT_EQ(ears.losses, 0);
  EXPECT_TRUE(is_live(member("bob")));
}

TEST_P(SharedStoreContract, APassTellsWhatANewStoreHasToKnow) {
  touch(member("ada"), seconds(10));
  touch(member("bob"));
  leave(member("bob"));
  merge({left("cleo", seconds(3)), touched("dora", seconds(5))});
  const auto told = pass();
  if (harness().source() == core::Source::redis) {
    EXPECT_TRUE(told.empty()) << "no store is seeded from it";
    return;
  }
  std::map<std::string, core::Change> latest;
  for (const core::Change& one : told) {
    const auto [entry, is_new] = latest.try_emplace(one.member.text(), one);
    if (!is_new && one.age < entry->second.age) entry->second = one;
  }
  ASSERT_TRUE(latest.contains("ada") && latest.contains("dora") && latest.contains("bob"));
  EXPECT_FALSE(latest.at("ada").leave);
  EXPECT_GE(latest.at("ada").age, seconds(10));
  EXPECT_LT(latest.at("ada").age, seconds(15));
  EXPECT_FALSE(latest.at("dora").leave);
  EXPECT_TRUE(latest.at("bob").leave);
  EXPECT_LT(latest.at("bob").age, seconds(5));
}

}  // namespace
}  // namespace rollcall::contract

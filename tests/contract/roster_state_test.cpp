#include "contract/roster_store_contract.hpp"

#include <array>
#include <chrono>

namespace rollcall::contract {
namespace {

using base::Millis;
using std::chrono::seconds;

constexpr Millis kMargin = seconds(5);  // more than any test's calls take together

TEST_P(RosterStoreContract, EmptyRosterCountsNobody) {
  const auto answer = count();
  EXPECT_EQ(answer.online, 0U);
  EXPECT_EQ(answer.source, harness().source());
  EXPECT_EQ(answer.certainty, core::Certainty::exact);
}

TEST_P(RosterStoreContract, TouchCountsTheCaller) {
  const auto answer = touch(member("ada"));
  EXPECT_EQ(answer.online, 1U);
  EXPECT_EQ(answer.source, harness().source());
  EXPECT_EQ(answer.certainty, core::Certainty::exact);
  EXPECT_TRUE(is_live(member("ada")));
  expect_online(1);
}

TEST_P(RosterStoreContract, TouchingAgainChangesNoCount) {
  for (int i = 0; i < 3; ++i) touch(member("ada"));
  touch(member("bob"));
  touch(member("ada"), seconds(3));
  expect_online(2);
}

TEST_P(RosterStoreContract, LastSeenOnlyGrows) {
  touch(member("ada"), seconds(20));
  const auto aged = sightings({member("ada")}).front();
  ASSERT_TRUE(aged);
  EXPECT_GE(aged->age, seconds(20));
  EXPECT_LT(aged->age, seconds(20) + kMargin);

  touch(member("ada"));
  const auto fresh = sightings({member("ada")}).front();
  ASSERT_TRUE(fresh);
  EXPECT_GE(fresh->age, Millis{0});
  EXPECT_LT(fresh->age, kMargin);
  EXPECT_GT(fresh->last_seen, aged->last_seen);

  touch(member("ada"), seconds(10));
  const auto still = sightings({member("ada")}).front();
  ASSERT_TRUE(still);
  EXPECT_EQ(still->last_seen, fresh->last_seen);
  EXPECT_LT(still->age, seconds(10));
}

TEST_P(RosterStoreContract, LiveEndsWithTheTtl) {
  touch(member("old"), harness().ttl() + kMargin);
  touch(member("young"), harness().ttl() - kMargin);
  EXPECT_FALSE(is_live(member("old")));
  EXPECT_TRUE(is_live(member("young")));
  expect_online(1);
  EXPECT_EQ(list_all(10), (std::map<std::string, int>{{"young", 1}}));
}

TEST_P(RosterStoreContract, TheBoundaryIsLive) {
  if (!harness().advance(seconds(1))) GTEST_SKIP() << "the store has a clock of its own";
  touch(member("ada"));
  touch(member("bob"), harness().ttl());
  expect_online(2);
  harness().advance(Millis{1});
  EXPECT_FALSE(is_live(member("bob")));
  expect_online(1);
  harness().advance(harness().ttl() - Millis{1});
  EXPECT_TRUE(is_live(member("ada")));
  expect_online(1);
  harness().advance(Millis{1});
  EXPECT_FALSE(is_live(member("ada")));
  expect_online(0);
  EXPECT_TRUE(list_all(10).empty());
}

TEST_P(RosterStoreContract, LeaveIsNotCounted) {
  touch(member("ada"));
  touch(member("bob"));
  const auto answer = leave(member("ada"));
  EXPECT_EQ(answer.online, 1U);
  EXPECT_EQ(answer.source, harness().source());
  EXPECT_FALSE(is_live(member("ada")));
  EXPECT_TRUE(is_live(member("bob")));
  expect_online(1);
  EXPECT_EQ(list_all(10), (std::map<std::string, int>{{"bob", 1}}));
}

TEST_P(RosterStoreContract, LeavingWithoutHavingBeenThereIsNoError) {
  EXPECT_EQ(leave(member("nobody")).online, 0U);
  EXPECT_EQ(leave(member("nobody")).online, 0U);
  expect_online(0);
}

TEST_P(RosterStoreContract, FreshTouchAfterALeaveLivesAgain) {
  for (int i = 0; i < 3; ++i) {
    touch(member("ada"));
    leave(member("ada"));
    EXPECT_EQ(touch(member("ada")).online, 1U);
    EXPECT_TRUE(is_live(member("ada")));
  }
  leave(member("ada"));
  EXPECT_FALSE(is_live(member("ada")));
}

TEST_P(RosterStoreContract, AgedTouchDoesNotUndoALaterLeave) {
  touch(member("ada"));
  leave(member("ada"));
  touch(member("ada"), kMargin);
  EXPECT_FALSE(is_live(member("ada")));
  leave(member("never_there"));
  touch(member("never_there"), kMargin);
  EXPECT_FALSE(is_live(member("never_there")));
  expect_online(0);
  EXPECT_TRUE(list_all(10).empty());
}

TEST_P(RosterStoreContract, AgedTouchAfterTheLeaveLives) {
  if (!harness().advance(seconds(1))) GTEST_SKIP() << "the store has a clock of its own";
  leave(member("ada"));
  harness().advance(seconds(10));
  touch(member("ada"), seconds(9));
  EXPECT_TRUE(is_live(member("ada")));
}

TEST_P(RosterStoreContract, ResetEmptiesTheRoster) {
  touch_all(members("m", 20));
  reset();
  expect_online(0);
  EXPECT_FALSE(is_live(member("m7")));
  EXPECT_TRUE(list_all(10).empty());
  reset();
  expect_online(0);
}

TEST_P(RosterStoreContract, FreshTouchAfterAResetLives) {
  touch(member("ada"));
  reset();
  EXPECT_EQ(touch(member("ada")).online, 1U);
  EXPECT_TRUE(is_live(member("ada")));
  expect_online(1);
}

TEST_P(RosterStoreContract, AgedTouchDoesNotUndoALaterReset) {
  touch(member("ada"));
  reset();
  touch(member("ada"), kMargin);
  touch(member("bob"), kMargin);
  EXPECT_FALSE(is_live(member("ada")));
  EXPECT_FALSE(is_live(member("bob")));
  expect_online(0);
}

TEST_P(RosterStoreContract, SightingsComeInTheOrderAsked) {
  touch(member("ada"));
  touch(member("bob"), seconds(10));
  const auto seen =
      sightings({member("nobody"), member("bob"), member("ada"), member("gone"), member("bob")});
  EXPECT_FALSE(seen[0]);
  ASSERT_TRUE(seen[1]);
  ASSERT_TRUE(seen[2]);
  EXPECT_FALSE(seen[3]);
  ASSERT_TRUE(seen[4]);
  EXPECT_GE(seen[1]->age, seconds(10));
  EXPECT_LT(seen[2]->age, seconds(10));
  EXPECT_EQ(seen[1]->last_seen, seen[4]->last_seen);
  EXPECT_LT(seen[1]->last_seen, seen[2]->last_seen);
  EXPECT_TRUE(sightings({}).empty());
}

TEST_P(RosterStoreContract, OddIdsAreMembersLikeOthers) {
  const std::array odd{
      std::string(core::MemberId::kMaxBytes, 'x'),
      std::string("\xf0\x9f\xa6\x89\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb"),
      std::string("{braces}"),
      std::string("{a}:nodes"),
      std::string("\"quoted\" 'and' `ticked`"),
      std::string("back\\slash\\"),
      std::string("a,b,c"),
      std::string(" "),
      std::string(" spaces  around "),
      std::string("NULL"),
      std::string("{NULL,\"x\"}"),
      std::string("%s%00$1;--"),
      std::string("12345"),
      std::string("(0"),
      std::string("case"),
      std::string("CASE"),
      std::string("\xc3\xa9"),
      std::string("e\xcc\x81"),
  };
  std::vector<core::MemberId> ids;
  std::map<std::string, int> each_once;
  for (const auto& text : odd) {
    ids.push_back(member(text));
    each_once[text] = 1;
  }
  touch_all(ids);
  expect_online(odd.size());
  EXPECT_EQ(list_all(3), each_once);
  for (const auto& id : ids) {
    EXPECT_TRUE(is_live(id)) << id.text();
    leave(id);
    EXPECT_FALSE(is_live(id)) << id.text();
  }
  expect_online(0);
}

TEST_P(RosterStoreContract, ManyTouchesAtOnceAreAllAnswered) {
  const auto many = members("session-", 1000);
  std::vector<std::shared_ptr<Outcome<core::Answer>>> outcomes;
  for (const auto& id : many) {
    outcomes.push_back(std::make_shared<Outcome<core::Answer>>());
    store().touch(id, Millis{0}, note(outcomes.back()));
  }
  for (const auto& outcome : outcomes) {
    ASSERT_TRUE(run_until([&] { return outcome->calls > 0; }));
    ASSERT_TRUE(outcome->result->ok()) << outcome->result->error().message;
    EXPECT_GE(outcome->result->value().online, 1U);
    EXPECT_LE(outcome->result->value().online, many.size());
  }
  expect_online(many.size());
  const auto seen = sightings(many);
  for (const auto& sighting : seen) EXPECT_TRUE(sighting);
}

TEST_P(RosterStoreContract, TouchAndLeaveInFlightTogetherKeepTheirOrder) {
  const auto ada = member("ada");
  auto first = std::make_shared<Outcome<core::Answer>>();
  auto second = std::make_shared<Outcome<core::Answer>>();
  auto third = std::make_shared<Outcome<core::Answer>>();
  auto fourth = std::make_shared<Outcome<core::Answer>>();
  store().touch(ada, Millis{0}, note(first));
  store().leave(ada, note(second));
  ASSERT_TRUE(run_until([&] { return first->calls > 0 && second->calls > 0; }));
  EXPECT_FALSE(is_live(ada));
  store().leave(ada, note(third));
  store().touch(ada, Millis{0}, note(fourth));
  ASSERT_TRUE(run_until([&] { return third->calls > 0 && fourth->calls > 0; }));
  EXPECT_TRUE(is_live(ada));
}

}  // namespace
}  // namespace rollcall::contract

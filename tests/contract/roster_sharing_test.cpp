#include "contract/roster_store_contract.hpp"

#include <chrono>

namespace rollcall::contract {
namespace {

using base::Millis;
using std::chrono::seconds;

TEST_P(RosterStoreContract, NodesCountEachOthersTouches) {
  if (!harness().shared()) GTEST_SKIP() << "a roster of one node";
  EXPECT_FALSE(store(0).partitioned());
  touch(member("ada"), Millis{0}, 0);
  touch(member("bob"), Millis{0}, 1);
  EXPECT_TRUE(is_live(member("bob"), 0));
  EXPECT_TRUE(is_live(member("ada"), 1));
  EXPECT_TRUE(run_until([&] { return count(0).online == 2 && count(1).online == 2; }));
}

TEST_P(RosterStoreContract, OneMemberOfTwoNodesIsOne) {
  if (!harness().shared()) GTEST_SKIP() << "a roster of one node";
  touch(member("ada"), seconds(10), 0);
  touch(member("ada"), Millis{0}, 1);
  EXPECT_TRUE(run_until([&] { return count(0).online == 1 && count(1).online == 1; }));
  const auto seen = sightings({member("ada")}, 0).front();
  ASSERT_TRUE(seen);
  EXPECT_LT(seen->age, seconds(5));
}

TEST_P(RosterStoreContract, NodesListEachOthersMembers) {
  if (!harness().shared()) GTEST_SKIP() << "a roster of one node";
  touch(member("ada"), Millis{0}, 0);
  touch(member("bob"), Millis{0}, 1);
  const std::map<std::string, int> both{{"ada", 1}, {"bob", 1}};
  EXPECT_EQ(list_all(1, [] {}, 0), both);
  EXPECT_EQ(list_all(1, [] {}, 1), both);
}

TEST_P(RosterStoreContract, ACursorOfOneNodeServesTheOther) {
  if (!harness().shared()) GTEST_SKIP() << "a roster of one node";
  touch_all(members("m", 6));
  std::map<std::string, int> seen;
  std::string cursor;
  std::size_t node = 0;
  do {
    const auto page = try_list(cursor, 2, node);
    ASSERT_TRUE(page.ok()) << page.error().message;
    for (const auto& id : page.value().members) ++seen[id.text()];
    cursor = page.value().next;
    node = 1 - node;
  } while (!cursor.empty());
  EXPECT_EQ(seen.size(), 6U);
  for (const auto& [text, times] : seen) EXPECT_EQ(times, 1) << text;
}

TEST_P(RosterStoreContract, ALeaveAtOneNodeIsALeaveAtTheOther) {
  if (!harness().shared()) GTEST_SKIP() << "a roster of one node";
  touch(member("ada"), Millis{0}, 0);
  touch(member("bob"), Millis{0}, 0);
  leave(member("ada"), 1);
  touch(member("ada"), seconds(5), 0);
  EXPECT_FALSE(is_live(member("ada"), 0));
  EXPECT_TRUE(run_until([&] { return count(0).online == 1 && count(1).online == 1; }));
  touch(member("ada"), Millis{0}, 1);
  EXPECT_TRUE(is_live(member("ada"), 0));
}

TEST_P(RosterStoreContract, AResetAtOneNodeIsAResetAtTheOther) {
  if (!harness().shared()) GTEST_SKIP() << "a roster of one node";
  touch(member("ada"), Millis{0}, 0);
  reset(1);
  EXPECT_FALSE(is_live(member("ada"), 0));
  touch(member("ada"), seconds(5), 0);
  EXPECT_FALSE(is_live(member("ada"), 1));
  EXPECT_TRUE(run_until([&] { return count(0).online == 0 && count(1).online == 0; }));
  touch(member("ada"), Millis{0}, 0);
  EXPECT_TRUE(is_live(member("ada"), 1));
}

}  // namespace
}  // namespace rollcall::contract

#include "contract/presence_store_contract.hpp"

#include <string>
#include <vector>

namespace rollcall::contract {
namespace {

using base::Millis;
using core::Reason;
using core::Status;

constexpr Millis kGrace{200};
constexpr Millis kLongGrace{60'000};

TEST_P(PresenceStoreContract, OneOfSeveralNodesDoesNotEndThePresence) {
  if (!harness().shared()) GTEST_SKIP() << "presence of one node";
  expect_event(hold(holding("ada", 2), 0), Status::online, Reason::connected);
  expect_none(hold(holding("ada", 1), 1));
  const auto third = hold(holding("ada", 1), 2);
  EXPECT_EQ(third.connections, 4U);
  EXPECT_EQ(third.places, 3U);
  expect_none(hold(holding("ada", 0, Reason::closed), 0));
  expect_none(hold(holding("ada", 0, Reason::closed), 2));
  EXPECT_EQ(look_up("ada", 2).connections, 1U);
  EXPECT_EQ(look_up("ada", 2).places, 1U);
  expect_event(hold(holding("ada", 0, Reason::left), 1), Status::offline, Reason::left);
  EXPECT_EQ(look_up("ada", 0).status, Status::offline);
}

TEST_P(PresenceStoreContract, TheLimitIsOfTheWholeCluster) {
  if (!harness().shared()) GTEST_SKIP() << "presence of one node";
  auto two = holding("ada", 2);
  two.limit = 3;
  hold(two, 0);
  EXPECT_FALSE(try_hold(two, 1).ok());
  EXPECT_EQ(look_up("ada").places, 1U);
  two.connections = 1;
  EXPECT_EQ(hold(two, 1).connections, 3U);
}

TEST_P(PresenceStoreContract, AwayCountsTheConnectionsOfAllNodes) {
  if (!harness().shared()) GTEST_SKIP() << "presence of one node";
  auto away = holding("ada", 1);
  away.away = 1;
  expect_event(hold(away, 0), Status::away, Reason::connected);
  expect_event(hold(holding("ada", 1), 1), Status::online, Reason::connected);
  expect_event(hold(holding("ada", 0, Reason::left), 1), Status::away, Reason::connected);
  expect_event(hold(holding("ada", 0, Reason::left), 0), Status::offline, Reason::left);
  expect_event(hold(holding("ada", 1), 0), Status::online, Reason::connected);
}

TEST_P(PresenceStoreContract, AGraceOfOneNodeEndsByAConnectionToAnother) {
  if (!harness().shared()) GTEST_SKIP() << "presence of one node";
  hold(holding("ada", 1), 0);
  hold(holding("ada", 0, Reason::drained, kLongGrace), 0);
  expect_none(hold(holding("ada", 1), 1));
  expect_none(settle("ada", 0));
  EXPECT_EQ(look_up("ada").settle_in, Millis{0});
}

TEST_P(PresenceStoreContract, OfSeveralThatSettleOneTellsTheEvent) {
  if (!harness().shared()) GTEST_SKIP() << "presence of one node";
  hold(holding("ada", 1), 0);
  hold(holding("ada", 0, Reason::closed, kGrace), 0);
  int events = 0;
  run_until([&] {
    for (std::size_t node = 0; node < PresenceHarness::kNodes; ++node) {
      events += settle("ada", node).event ? 1 : 0;
    }
    return look_up("ada").status == Status::offline;
  });
  EXPECT_EQ(events, 1);
}

TEST_P(PresenceStoreContract, AListIsOfAllNodesAndNamesEachUserOnce) {
  if (!harness().shared()) GTEST_SKIP() << "presence of one node";
  std::vector<std::string> sorted;
  for (int i = 100; i < 130; ++i) {
    sorted.push_back("user" + std::to_string(i));
    hold(holding(sorted.back(), 1), static_cast<std::size_t>(i) % PresenceHarness::kNodes);
    if (i % 5 == 0) {
      hold(holding(sorted.back(), 1), static_cast<std::size_t>(i + 1) % PresenceHarness::kNodes);
    }
  }
  for (const std::size_t limit : {1U, 4U, 30U, 100U}) EXPECT_EQ(list_all(limit), sorted);
  hold(holding("user100", 0, Reason::left), 100 % PresenceHarness::kNodes);
  EXPECT_EQ(list_all(7), sorted) << "it has a connection elsewhere";
}

}  // namespace
}  // namespace rollcall::contract

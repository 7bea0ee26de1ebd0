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

TEST_P(PresenceStoreContract, ComingAndGoingAreEvents) {
  const auto online = hold(holding("ada", 1));
  expect_event(online, Status::online, Reason::connected);
  EXPECT_EQ(online.event->user, user("ada"));
  EXPECT_EQ(online.connections, 1U);
  EXPECT_EQ(online.places, 1U);
  const auto offline = hold(holding("ada", 0, Reason::left));
  expect_event(offline, Status::offline, Reason::left);
  EXPECT_EQ(offline.connections, 0U);
  EXPECT_EQ(offline.settle_in, Millis{0});
  EXPECT_GT(offline.seq, online.seq);
  const auto back = hold(holding("ada", 1));
  expect_event(back, Status::online, Reason::connected);
  EXPECT_GT(back.seq, offline.seq);
}

TEST_P(PresenceStoreContract, EveryReasonComesThrough) {
  for (const Reason reason : {Reason::left, Reason::closed, Reason::timeout, Reason::drained,
                              Reason::kicked, Reason::token_expired}) {
    hold(holding("ada", 1));
    expect_event(hold(holding("ada", 0, reason)), Status::offline, reason);
  }
}

TEST_P(PresenceStoreContract, NumbersAreAbsolute) {
  hold(holding("ada", 1));
  expect_none(hold(holding("ada", 3, Reason::connected)));
  EXPECT_EQ(hold(holding("ada", 3)).connections, 3U) << "said twice";
  EXPECT_EQ(hold(holding("ada", 2, Reason::closed)).connections, 2U);
  const auto standing = look_up("ada");
  EXPECT_EQ(standing.connections, 2U);
  EXPECT_EQ(standing.places, 1U);
  hold(holding("ada", 0, Reason::left));
  expect_none(hold(holding("ada", 0, Reason::left)));
}

TEST_P(PresenceStoreContract, AwayIsWhenEveryConnectionIs) {
  hold(holding("ada", 2));
  auto away = holding("ada", 2);
  away.away = 1;
  expect_none(hold(away));
  away.away = 2;
  const auto gone = hold(away);
  expect_event(gone, Status::away, Reason::connected);
  EXPECT_EQ(look_up("ada").status, Status::away);
  expect_none(hold(away));
  const auto back = hold(holding("ada", 2));
  expect_event(back, Status::online, Reason::connected);
  EXPECT_GT(back.seq, gone.seq);
}

TEST_P(PresenceStoreContract, WhoComesBackWithinTheGraceWasNeverGone) {
  hold(holding("ada", 1));
  const auto leaving = hold(holding("ada", 0, Reason::closed, kLongGrace));
  expect_none(leaving);
  EXPECT_EQ(leaving.status, Status::online);
  EXPECT_EQ(leaving.connections, 0U);
  EXPECT_GT(leaving.settle_in, Millis{0});
  EXPECT_LE(leaving.settle_in, kLongGrace);
  expect_none(settle("ada"));
  const auto waiting = look_up("ada");
  EXPECT_EQ(waiting.status, Status::online);
  EXPECT_GT(waiting.settle_in, Millis{0});
  const auto back = hold(holding("ada", 1));
  expect_none(back);
  EXPECT_EQ(back.settle_in, Millis{0});
  expect_none(settle("ada"));
  EXPECT_EQ(look_up("ada").status, Status::online);
}

TEST_P(PresenceStoreContract, AGraceThatRunsOutEndsWithItsReasonOnce) {
  const auto online = hold(holding("ada", 1));
  EXPECT_EQ(hold(holding("ada", 0, Reason::timeout, kGrace)).settle_in, kGrace);
  const auto end = wait_for_the_end("ada");
  ASSERT_TRUE(end);
  EXPECT_EQ(end->status, Status::offline);
  EXPECT_EQ(core::name_of(end->reason), core::name_of(Reason::timeout));
  EXPECT_GE(end->at - online.event->at, kGrace);
  const auto after = settle("ada");
  expect_none(after);
  EXPECT_EQ(after.status, Status::offline);
  EXPECT_EQ(after.settle_in, Millis{0});
}

TEST_P(PresenceStoreContract, AGraceIsNeverShortenedExceptToZero) {
  hold(holding("ada", 1));
  hold(holding("ada", 0, Reason::drained, kLongGrace));
  const auto shorter = hold(holding("ada", 0, Reason::drained, kGrace));
  expect_none(shorter);
  EXPECT_GT(shorter.settle_in, kLongGrace - kPatience);
  const auto longer = hold(holding("ada", 0, Reason::drained, 2 * kLongGrace));
  EXPECT_GT(longer.settle_in, 2 * kLongGrace - kPatience);
  expect_event(hold(holding("ada", 0, Reason::kicked)), Status::offline, Reason::kicked);
}

TEST_P(PresenceStoreContract, TheLimitRefusesGrowthAndChangesNothing) {
  auto more = holding("ada", 2);
  more.limit = 2;
  hold(more);
  more.connections = 3;
  const auto refused = try_hold(more);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, base::Errc::overloaded);
  EXPECT_EQ(refused.error().code, "connection_limit");
  EXPECT_EQ(look_up("ada").connections, 2U);
  more.connections = 2;
  more.limit = 1;
  EXPECT_TRUE(try_hold(more).ok()) << "it does not grow";
}

TEST_P(PresenceStoreContract, LookingUpKeepsTheOrder) {
  hold(holding("ada", 2));
  hold(holding("cleo", 1));
  std::vector<core::UserId> asked;
  for (int i = 0; i < 150; ++i) asked.push_back(user("nobody" + std::to_string(i)));
  asked.insert(asked.begin() + 120, user("ada"));
  asked.push_back(user("cleo"));
  asked.push_back(user("ada"));
  const auto standings = look_up_all(asked);
  ASSERT_EQ(standings.size(), asked.size());
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const bool ada = asked[i] == user("ada");
    EXPECT_EQ(standings[i].connections, ada ? 2U : asked[i] == user("cleo") ? 1U : 0U) << i;
    EXPECT_FALSE(standings[i].event);
  }
  EXPECT_TRUE(look_up_all({}).empty());
}

TEST_P(PresenceStoreContract, ListsInTheOrderOfTheIds) {
  const std::vector<std::string> sorted{"%",  "%25", "Zoe", "ada", "ada2", "a{b}c",
                                        "a}", "bob", "z",   "ä",   "🙂"};
  for (const char* who :
       {"z", "ada2", "🙂", "Zoe", "ada", "%25", "bob", "%", "a}", "a{b}c", "ä"}) {
    hold(holding(who, 1));
  }
  for (const std::size_t limit : {1U, 3U, 11U, 100U}) EXPECT_EQ(list_all(limit), sorted) << limit;
  hold(holding("bob", 0, Reason::left));
  run_until([&] { return list_all(4).size() == sorted.size() - 1; });
  EXPECT_FALSE(try_list("\x01", 10).ok());
}

TEST_P(PresenceStoreContract, IdsThatLookLikeKeysAreUsersOfTheirOwn) {
  const std::vector<std::string> ids{"a:b", "a%3Ab", "{a}", "%7Ba%7D", "a:nodes", "*", "a b"};
  std::uint32_t connections = 1;
  for (const std::string& id : ids) hold(holding(id, connections++));
  connections = 1;
  for (const std::string& id : ids) EXPECT_EQ(look_up(id).connections, connections++) << id;
}

}  // namespace
}  // namespace rollcall::contract

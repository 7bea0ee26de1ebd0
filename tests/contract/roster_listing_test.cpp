#include "contract/roster_store_contract.hpp"

#include <algorithm>
#include <chrono>
#include <random>

namespace rollcall::contract {
namespace {

using base::Millis;
using std::chrono::seconds;

std::map<std::string, int> each_once(const std::vector<core::MemberId>& ids) {
  std::map<std::string, int> seen;
  for (const auto& id : ids) seen[id.text()] = 1;
  return seen;
}

TEST_P(RosterStoreContract, EmptyRosterListsNobody) {
  const auto page = try_list("", 10);
  ASSERT_TRUE(page.ok());
  EXPECT_TRUE(page.value().members.empty());
  EXPECT_TRUE(page.value().next.empty());
}

TEST_P(RosterStoreContract, EveryPageSizeListsEachMemberOnce) {
  const auto ids = members("m", 9);
  touch_all({ids.begin(), ids.begin() + 5}, seconds(1));  // of the same moment
  touch_all({ids.begin() + 5, ids.end()});
  for (std::size_t limit = 1; limit <= ids.size() + 1; ++limit) {
    EXPECT_EQ(list_all(limit), each_once(ids)) << "limit " << limit;
  }
}

TEST_P(RosterStoreContract, MembersTouchedDuringAListingAppearOnce) {
  const auto ids = members("m", 60);
  touch_all({ids.begin(), ids.begin() + 20}, seconds(2));
  touch_all({ids.begin() + 20, ids.end()}, seconds(1));
  for (const std::uint32_t seed : {1U, 2U, 3U, 4U, 5U}) {
    std::mt19937 random(seed);
    auto order = ids;
    const auto touch_some = [&] {
      std::shuffle(order.begin(), order.end(), random);
      touch_all({order.begin(), order.begin() + 15});
    };
    EXPECT_EQ(list_all(1 + seed * 2, touch_some), each_once(ids)) << "seed " << seed;
  }
}

TEST_P(RosterStoreContract, ComingsAndGoingsDisturbNoOtherMemberOfAListing) {
  const auto staying = members("stays-", 30);
  const auto leaving = members("leaves-", 30);
  std::vector<core::MemberId> mixed;
  for (std::size_t i = 0; i < staying.size(); ++i) {
    mixed.push_back(leaving[i]);
    mixed.push_back(staying[i]);
  }
  touch_all(mixed);
  std::size_t turn = 0;
  const auto change = [&] {
    const std::string name = std::to_string(turn);
    leave(leaving[turn % leaving.size()]);
    leave(leaving[(turn + 11) % leaving.size()]);
    touch(member("comes-" + name));
    touch(staying[(turn * 7) % staying.size()]);
    ++turn;
  };
  auto seen = list_all(4, change);
  for (const auto& id : staying) EXPECT_EQ(seen[id.text()], 1) << id.text();
  for (const auto& [text, times] : seen) EXPECT_EQ(times, 1) << text;
}

TEST_P(RosterStoreContract, ForeignCursorsAreRefused) {
  touch_all(members("m", 10));
  const auto first = try_list("", 3);
  ASSERT_TRUE(first.ok());
  ASSERT_FALSE(first.value().next.empty());
  const std::string next = first.value().next;
  const std::vector<std::string> foreign{
      "garbage",
      " ",
      "-1",
      "1.5",
      "0x10",
      "{}",
      "'",
      "\\",
      "\xff\xfe",
      next + "!",
      " " + next,
      std::string(40, '9'),
      "'; DROP --",
      next + next + next + next + "~",
      std::string(5000, 'a'),
  };
  for (const auto& cursor : foreign) {
    const auto page = try_list(cursor, 3);
    ASSERT_FALSE(page.ok()) << "'" << cursor << "'";
    EXPECT_EQ(page.error().kind, base::Errc::invalid_argument) << cursor;
  }
  EXPECT_TRUE(try_list(next, 3).ok());
}

}  // namespace
}  // namespace rollcall::contract

#include "core/roster.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace rollcall::core {
namespace {

using base::Millis;
using base::WallTime;

constexpr Millis kTtl{1000};
constexpr WallTime kStart{Millis{1'000'000}};
const MemberHash kHash{7};

WallTime at(int ms) {
  return kStart + Millis{ms};
}

std::vector<std::string> expire(Roster& roster, WallTime now) {
  std::vector<std::string> expired;
  roster.expire(now, [&](std::string_view member) { expired.emplace_back(member); });
  return expired;
}

bool touch(Roster& roster, std::string_view member, WallTime last_seen, WallTime now) {
  const auto slot = roster.touch(member, last_seen, now);
  return slot.ok() && slot.value() != kNoSlot;
}

TEST(Roster, TheBoundaryOfTheTtlIsLive) {
  Roster roster(kTtl, 10, kHash);
  EXPECT_TRUE(touch(roster, "ada", at(0), at(0)));
  EXPECT_EQ(roster.count(at(1000)), 1U);
  EXPECT_EQ(roster.find("ada", at(1000)), at(0));
  EXPECT_EQ(roster.count(at(1001)), 0U);
  EXPECT_FALSE(roster.find("ada", at(1001)));
  EXPECT_TRUE(roster.list(0, 10, at(1001)).members.empty());
}

TEST(Roster, ExpiryNamesWhoWasLiveOldestFirst) {
  Roster roster(kTtl, 10, kHash);
  touch(roster, "newest", at(30), at(30));
  touch(roster, "oldest", at(10), at(30));
  touch(roster, "middle", at(20), at(30));
  touch(roster, "left", at(30), at(30));
  roster.leave("left", at(30));
  EXPECT_TRUE(expire(roster, at(1010)).empty());
  EXPECT_EQ(expire(roster, at(1021)), (std::vector<std::string>{"oldest", "middle"}));
  EXPECT_EQ(expire(roster, at(1031)), (std::vector<std::string>{"newest"}));
  EXPECT_EQ(roster.count(at(1031)), 0U);
}

TEST(Roster, ATouchFromTheFutureIsOfNow) {
  Roster roster(kTtl, 10, kHash);
  touch(roster, "ada", at(500), at(0));
  EXPECT_EQ(roster.find("ada", at(0)), at(0));
}

TEST(Roster, ALeaveOutlastsOlderTouchesOnly) {
  Roster roster(kTtl, 10, kHash);
  roster.leave("ada", at(100));
  EXPECT_FALSE(touch(roster, "ada", at(100), at(200)));
  EXPECT_EQ(roster.count(at(200)), 0U);
  EXPECT_TRUE(touch(roster, "ada", at(101), at(200)));
  roster.leave("ada", at(200));
  EXPECT_TRUE(touch(roster, "ada", at(200), at(200))) << "fresh, in the very same moment";
}

TEST(Roster, AResetOutlastsOlderTouchesOnly) {
  Roster roster(kTtl, 10, kHash);
  touch(roster, "ada", at(100), at(100));
  roster.reset(at(100));
  EXPECT_EQ(roster.count(at(100)), 0U);
  EXPECT_FALSE(touch(roster, "bob", at(100), at(200)));
  EXPECT_TRUE(touch(roster, "bob", at(101), at(200)));
  roster.reset(at(200));
  EXPECT_TRUE(touch(roster, "bob", at(200), at(200)));
}

TEST(Roster, BeyondTheLimitOnlyNewMembersAreRefused) {
  Roster roster(kTtl, 2, kHash);
  touch(roster, "ada", at(0), at(0));
  touch(roster, "bob", at(0), at(0));
  const auto refused = roster.touch("eve", at(1), at(1));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, base::Errc::overloaded);
  EXPECT_EQ(refused.error().code, "roster_full");
  EXPECT_TRUE(touch(roster, "ada", at(1), at(1)));
  roster.leave("eve", at(1));
  EXPECT_EQ(roster.count(at(1)), 2U);
  roster.leave("bob", at(1));
  EXPECT_TRUE(touch(roster, "eve", at(2), at(2))) << "a remembered leave makes room";
}

TEST(Roster, AMemberKeepsItsSlotWhileItIsLive) {
  Roster roster(kTtl, 100, kHash);
  const Slot slot = roster.touch("ada", at(0), at(0)).value();
  for (int i = 0; i < 50; ++i) touch(roster, "other" + std::to_string(i), at(i), at(i));
  EXPECT_EQ(roster.touch("ada", at(60), at(60)).value(), slot);
  ASSERT_NE(roster.at(slot), nullptr);
  EXPECT_EQ(roster.at(slot)->text.view(), "ada");
  EXPECT_EQ(roster.at(1'000'000), nullptr);
}

TEST(Roster, PagesGoOnWhereTheyEnded) {
  Roster roster(kTtl, 100, kHash);
  for (const char* name : {"a", "b", "c", "d"}) touch(roster, name, at(0), at(0));
  roster.leave("b", at(0));
  const auto first = roster.list(0, 2, at(0));
  EXPECT_EQ(first.members, (std::vector<std::string_view>{"a", "c"}));
  const auto second = roster.list(first.next, 2, at(0));
  EXPECT_EQ(second.members, (std::vector<std::string_view>{"d"}));
  EXPECT_EQ(second.next, kNoSlot);
  EXPECT_EQ(roster.list(4'000'000, 2, at(0)).next, kNoSlot);
}

TEST(Roster, APageOverAGapOfManySlotsEndsEarlyAndGoesOn) {
  Roster roster(kTtl, 100'000, kHash);
  for (int i = 0; i < 70'000; ++i) touch(roster, std::to_string(i), at(0), at(0));
  touch(roster, "last", at(1), at(1));
  expire(roster, at(1001));
  const auto gap = roster.list(0, 10, at(1001));
  EXPECT_TRUE(gap.members.empty());
  ASSERT_NE(gap.next, kNoSlot);
  const auto rest = roster.list(gap.next, 10, at(1001));
  EXPECT_EQ(rest.members, (std::vector<std::string_view>{"last"}));
  EXPECT_EQ(rest.next, kNoSlot);
}

// The same by the definition, without any structure.
class NaiveRoster {
 public:
  void touch(const std::string& member, WallTime last_seen, WallTime now) {
    if (last_seen < now && last_seen <= std::max(left_[member], reset_at_)) return;
    if (last_seen == now) left_.erase(member);
    touched_[member] = std::max(touched_[member], last_seen);
  }
  void leave(const std::string& member, WallTime now) {
    touched_.erase(member);
    left_[member] = now;
  }
  void reset(WallTime now) {
    touched_.clear();
    reset_at_ = now;
  }
  std::map<std::string, WallTime> live(WallTime now) const {
    std::map<std::string, WallTime> all;
    for (const auto& [member, last_seen] : touched_) {
      if (now - last_seen <= kTtl) all.emplace(member, last_seen);
    }
    return all;
  }

 private:
  std::map<std::string, WallTime> touched_;
  std::map<std::string, WallTime> left_;
  WallTime reset_at_;
};

struct Step {
  int action;
  std::size_t member;
  int ms;
};

rc::Gen<std::vector<Step>> steps() {
  return rc::gen::container<std::vector<Step>>(
      rc::gen::construct<Step>(rc::gen::inRange(0, 20), rc::gen::inRange<std::size_t>(0, 8),
                               rc::gen::element(0, 1, 2, 300, 999, 1000, 1001)));
}

void apply(const Step& step, WallTime& now, Roster& roster, NaiveRoster& naive) {
  const std::string names[] = {"a", "b", std::string(46, 'c'), std::string(47, 'd'),
                               std::string(127, 'e')};
  const std::string member = names[step.member % 5] + (step.member < 5 ? "" : "2");
  if (step.action < 8) {
    RC_ASSERT(roster.touch(member, now, now).ok());
    naive.touch(member, now, now);
  } else if (step.action < 12) {
    RC_ASSERT(roster.touch(member, now - Millis{step.ms}, now).ok());
    naive.touch(member, now - Millis{step.ms}, now);
  } else if (step.action < 15) {
    roster.leave(member, now);
    naive.leave(member, now);
  } else if (step.action < 16) {
    roster.reset(now);
    naive.reset(now);
  } else if (step.action < 18) {
    now += Millis{step.ms};
  } else {
    expire(roster, now);
  }
}

void check_same(const Roster& roster, const NaiveRoster& naive, WallTime now) {
  const auto live = naive.live(now);
  RC_ASSERT(roster.count(now) == live.size());
  std::multiset<std::string> listed;
  for (Slot slot = 0; slot != kNoSlot;) {
    const auto page = roster.list(slot, 2, now);
    for (const auto member : page.members) listed.emplace(member);
    slot = page.next;
  }
  RC_ASSERT(listed.size() == live.size());
  for (const auto& [member, last_seen] : live) {
    RC_ASSERT(listed.contains(member));
    RC_ASSERT(roster.find(member, now) == last_seen);
  }
}

RC_GTEST_PROP(RosterProperty, AgreesWithTheDefinition, ()) {
  Roster roster(kTtl, 1000, kHash);
  NaiveRoster naive;
  WallTime now = kStart;
  for (const Step& step : *steps()) {
    apply(step, now, roster, naive);
    check_same(roster, naive, now);
  }
}

}  // namespace
}  // namespace rollcall::core

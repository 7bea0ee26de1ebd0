#include "core/group_commit.hpp"

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

MemberId member(const std::string& text) {
  return MemberId::parse(text).value();
}

TEST(GroupCommit, WhatArrivesDuringAFlightLeavesTogether) {
  GroupCommit<int> commit(10, 100);
  EXPECT_FALSE(commit.next());
  ASSERT_TRUE(commit.add({member("a")}, 1));
  const auto first = commit.next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->waiters, (std::vector<int>{1}));
  ASSERT_TRUE(commit.add({member("b")}, 2));
  ASSERT_TRUE(commit.add({member("c")}, 3));
  EXPECT_FALSE(commit.next()) << "one is in flight";
  commit.finished();
  const auto second = commit.next();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->waiters, (std::vector<int>{2, 3}));
  EXPECT_EQ(commit.waiting(), 0U);
}

TEST(GroupCommit, OfAMembersChangesTheLatestCounts) {
  GroupCommit<int> commit(10, 100);
  ASSERT_TRUE(commit.add({member("a"), false, Millis{5}}, 1));
  ASSERT_TRUE(commit.add({member("a"), false, Millis{0}}, 2));
  ASSERT_TRUE(commit.add({member("a"), true, Millis{0}}, 3));
  ASSERT_TRUE(commit.add({member("a"), false, Millis{9}}, 4));
  const auto batch = commit.next();
  ASSERT_TRUE(batch);
  ASSERT_EQ(batch->changes.size(), 1U);
  EXPECT_TRUE(batch->changes[0].leave);
  EXPECT_EQ(batch->waiters, (std::vector<int>{1, 2, 3, 4}));
}

TEST(GroupCommit, AFullQueueRefusesAndKeepsNothing) {
  GroupCommit<int> commit(10, 2);
  EXPECT_TRUE(commit.add({member("a")}, 1));
  EXPECT_TRUE(commit.add({member("a")}, 2));
  EXPECT_FALSE(commit.add({member("b")}, 3));
  const auto batch = commit.next();
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->changes.size(), 1U);
  EXPECT_TRUE(commit.add({member("b")}, 4)) << "who is in flight does not wait any more";
}

RC_GTEST_PROP(GroupCommitProperty, EveryCallerLeavesOnceInOrderInBatchesOfTheLimit, ()) {
  const auto limit = *rc::gen::inRange<std::size_t>(1, 6);
  const auto names = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 8));
  GroupCommit<std::size_t> commit(limit, names.size());
  std::map<std::string, bool> sent;
  std::map<std::string, bool> expected;
  std::size_t answered = 0;
  const auto fly = [&] {
    auto batch = commit.next();
    if (!batch) return;
    std::set<std::string> once;
    for (const Change& change : batch->changes) {
      RC_ASSERT(once.insert(change.member.text()).second);
      sent[change.member.text()] = change.leave;
    }
    RC_ASSERT(batch->changes.size() <= limit);
    for (const std::size_t waiter : batch->waiters) RC_ASSERT(waiter == answered++);
    commit.finished();
  };
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string text = std::to_string(names[i]);
    const bool leave = *rc::gen::arbitrary<bool>();
    expected[text] = leave;
    RC_ASSERT(commit.add({member(text), leave, Millis{0}}, i));
    if (*rc::gen::arbitrary<bool>()) fly();
  }
  while (commit.waiting() > 0) fly();
  RC_ASSERT(answered == names.size());
  RC_ASSERT(sent == expected);
}

}  // namespace
}  // namespace rollcall::core

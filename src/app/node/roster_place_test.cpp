#include "app/node/roster_place.hpp"

#include <cstdio>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

namespace rollcall::app {
namespace {

using State = core::Handover::State;

base::WallTime at(std::int64_t ms) {
  return base::WallTime(base::Millis(ms));
}

PlaceReport place(State state, std::uint64_t members,
                  std::deque<core::Handover::Change> history = {}) {
  return {state, members, std::move(history)};
}

TEST(MergePlaces, TheWorstStateCountsSinceItsFirstShard) {
  const auto merged = merge_places(
      "r",
      {place(State::recovering, 2, {{at(10), State::normal, State::recovering, "lost"}}),
       place(State::fallback, 3, {{at(40), State::normal, State::fallback, "late"}}),
       place(State::fallback, 4, {{at(30), State::normal, State::fallback, "cut"}})},
      at(5));
  EXPECT_EQ(merged.roster, "r");
  EXPECT_EQ(merged.state, State::fallback);
  EXPECT_EQ(merged.since, at(30));
  EXPECT_EQ(merged.shadow_members, 9U);
  ASSERT_EQ(merged.history.size(), 3U);
  EXPECT_EQ(merged.history[0].reason, "lost");
  EXPECT_EQ(merged.history[1].reason, "cut");
  EXPECT_EQ(merged.history[1].shard, 2U);
  EXPECT_EQ(merged.history[2].shard, 1U);
}

TEST(MergePlaces, NormalIsSinceTheLastShardCameBack) {
  const auto merged =
      merge_places("r",
                   {place(State::normal, 0, {{at(10), State::recovering, State::normal, "done"}}),
                    place(State::normal, 0, {{at(20), State::recovering, State::normal, "done"}}),
                    place(State::normal, 0)},
                   at(5));
  EXPECT_EQ(merged.state, State::normal);
  EXPECT_EQ(merged.since, at(20));
  EXPECT_EQ(merge_places("r", {place(State::normal, 0)}, at(5)).since, at(5));
}

TEST(MergePlaces, OneShardIsNotNamedAndOldChangesGo) {
  std::deque<core::Handover::Change> history;
  for (int i = 0; i < 60; ++i) history.push_back({at(i), State::normal, State::local, "cut"});
  const auto merged = merge_places("r", {place(State::local, 1, history)}, at(0));
  ASSERT_EQ(merged.history.size(), 50U);
  EXPECT_EQ(merged.history.front().at, at(10));
  EXPECT_EQ(merged.history.back().at, at(59));
  EXPECT_FALSE(merged.history.back().shard.has_value());
}

std::string logged(const core::Handover::Change& change) {
  int ends[2] = {-1, -1};
  EXPECT_EQ(::pipe(ends), 0);
  const base::Logger logger(ends[1]);
  StateChanges changes("crm_navbar", 1, logger);
  changes.tell(change);
  EXPECT_EQ(changes.count(change.to), 1U);
  EXPECT_EQ(changes.count(change.from), 0U);
  char text[512];
  const ssize_t size = ::read(ends[0], text, sizeof text);
  ::close(ends[0]);
  ::close(ends[1]);
  return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string();
}

TEST(StateChanges, AreWarningsWhenTheyAreForTheWorse) {
  const std::string worse = logged({at(0), State::normal, State::fallback, "refused"});
  EXPECT_NE(worse.find("warn"), std::string::npos) << worse;
  for (const char* part : {"store state changed", "crm_navbar", "normal", "fallback", "refused"}) {
    EXPECT_NE(worse.find(part), std::string::npos) << worse;
  }
  for (const State to : {State::normal, State::recovering, State::fallback}) {
    const std::string better = logged({at(0), State::local, to, "back"});
    EXPECT_NE(better.find("info"), std::string::npos) << better;
  }
  const std::string relapse = logged({at(0), State::recovering, State::fallback, "cut"});
  EXPECT_NE(relapse.find("warn"), std::string::npos) << relapse;
}

}  // namespace
}  // namespace rollcall::app

#include "integration/redis_shared_fixture.hpp"

#include <algorithm>

namespace rollcall::integration {
namespace {

using namespace std::chrono_literals;

class RedisLoss : public RedisShared {
 protected:
  std::size_t resets() const { return ears_.reset_ages.size(); }
  // Not in the millisecond of what was touched before, where it could not be told apart.
  void delete_later() {
    const std::int64_t seen = server_now_ms();
    ASSERT_TRUE(run_until([&] { return server_now_ms() > seen + 2; }));
    server_.command({"DEL", kKey});
  }
  void restart(const std::vector<std::string>& more = {}) {
    server_.kill();
    ASSERT_TRUE(wait_down(*link_));
    server_.start(more);
    ASSERT_TRUE(wait_up(*link_));
  }
};

TEST_F(RedisLoss, ARestartIsToldOnceAlsoWhenNobodyBeats) {
  ASSERT_TRUE(touch(*store_, "ada").ok());
  restart();
  EXPECT_EQ(ears_.losses, 1);
  EXPECT_EQ(count(*store_).value().online, 0U);
  EXPECT_EQ(touch(*store_, "ada").value().online, 1U);
  EXPECT_EQ(count(*store_).value().online, 1U);
  EXPECT_EQ(ears_.losses, 1);
  EXPECT_EQ(resets(), 0U);
  restart();
  EXPECT_EQ(ears_.losses, 2);
}

TEST_F(RedisLoss, ARestartWithOlderDataIsToldToo) {
  ASSERT_TRUE(touch(*store_, "ada").ok());
  server_.command({"SAVE"});
  ASSERT_TRUE(touch(*store_, "bob").ok());
  restart();
  EXPECT_EQ(ears_.losses, 1);
  EXPECT_EQ(touch(*store_, "cleo").value().online, 2U);
  EXPECT_EQ(ears_.losses, 1);
  EXPECT_EQ(resets(), 0U) << "bob did not leave";
}

TEST_F(RedisLoss, ALinkThatWasCutIsNone) {
  ASSERT_TRUE(touch(*store_, "ada").ok());
  const auto links = link_->counters().reconnects.get();
  server_.command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
  ASSERT_TRUE(run_until([&] { return link_->counters().reconnects.get() > links; }));
  EXPECT_EQ(touch(*store_, "bob").value().online, 2U);
  EXPECT_EQ(ears_.losses, 0);
}

TEST_F(RedisLoss, AFlushIsFoundByACount) {
  ASSERT_TRUE(touch(*store_, "ada").ok());
  server_.command({"FLUSHALL"});
  EXPECT_EQ(count(*store_).value().online, 0U);
  EXPECT_EQ(ears_.losses, 1);
  EXPECT_EQ(count(*store_).value().online, 0U);
  EXPECT_EQ(touch(*store_, "ada").value().online, 1U);
  EXPECT_EQ(ears_.losses, 1);
  EXPECT_EQ(resets(), 0U);
}

TEST_F(RedisLoss, AFlushThatAnotherNodeMetFirstIsALossAndNoReset) {
  const auto other = make_store(*link_);
  ASSERT_TRUE(touch(*store_, "ada").ok());
  ASSERT_TRUE(touch(*other, "bob").ok());
  server_.command({"FLUSHALL"});
  ASSERT_TRUE(touch(*other, "bob").ok());
  EXPECT_EQ(count(*store_).value().online, 1U);
  EXPECT_EQ(ears_.losses, 1);
  EXPECT_EQ(resets(), 0U);
}

TEST_F(RedisLoss, ADelIsAResetThatACountFinds) {
  ASSERT_TRUE(touch(*store_, "ada").ok());
  const std::int64_t before = server_now_ms();
  server_.command({"DEL", kKey});
  EXPECT_EQ(count(*store_).value().online, 0U);
  ASSERT_EQ(resets(), 1U);
  EXPECT_GE(ears_.reset_ages[0], 0ms);
  EXPECT_LT(ears_.reset_ages[0], 10s);
  EXPECT_GE(std::stoll(server_.command({"HGET", kEpoch, "reset_at"}).text), before);
  EXPECT_EQ(count(*store_).value().online, 0U);
  EXPECT_EQ(resets(), 1U);
  EXPECT_EQ(ears_.losses, 0);
}

TEST_F(RedisLoss, WhatComesWithTheNewsOfADelIsAfterItUnlessItIsOlder) {
  ASSERT_TRUE(touch(*store_, "ada").ok());
  server_.command({"DEL", kKey});
  const auto fresh = touch(*store_, "bob");
  EXPECT_EQ(fresh.value().online, 1U);
  EXPECT_EQ(resets(), 1U);
  EXPECT_TRUE(is_live(*store_, "bob"));
  ASSERT_TRUE(touch(*store_, "cleo", 1s).ok());
  EXPECT_FALSE(is_live(*store_, "cleo"));
  delete_later();
  ASSERT_TRUE(merge(*store_, {{member("dora"), false, 1ms}}).ok());
  EXPECT_EQ(resets(), 2U);
  EXPECT_EQ(count(*store_).value().online, 0U);
}

TEST_F(RedisLoss, NewsIsToldBeforeTheAnswerThatBringsIt) {
  ASSERT_TRUE(touch(*store_, "ada").ok());
  server_.command({"DEL", kKey});
  std::optional<std::size_t> known;
  store_->touch(member("bob"), 0ms, [&](const auto&) { known = resets(); });
  ASSERT_TRUE(run_until([&] { return known.has_value(); }));
  EXPECT_EQ(known, 1U) << "bob came after the reset";
  known.reset();
  server_.command({"FLUSHALL"});
  store_->touch(member("bob"), 0ms, [&](const auto&) { known = ears_.losses; });
  ASSERT_TRUE(run_until([&] { return known.has_value(); }));
  EXPECT_EQ(known, 1U) << "bob is there, and need not be put back";
}

TEST_F(RedisLoss, ADelIsFoundThoughAnotherProgramTouchedSince) {
  ASSERT_TRUE(touch(*store_, "ada").ok());
  delete_later();
  server_.command({"ZADD", kKey, std::to_string(server_now_ms()), "theirs"});
  EXPECT_EQ(count(*store_).value().online, 1U);
  EXPECT_EQ(resets(), 1U);
  EXPECT_TRUE(is_live(*store_, "theirs"));
  const auto reset_at = std::stoll(server_.command({"HGET", kEpoch, "reset_at"}).text);
  EXPECT_LT(reset_at, std::stoll(server_.command({"ZSCORE", kKey, "theirs"}).text));
}

TEST_F(RedisLoss, TheOtherNodesLearnOfADel) {
  const auto other_link = make_link(options_for(server_));
  const auto other = make_store(*other_link);
  Ears others;
  other->listen(others);
  ASSERT_TRUE(wait_up(*other_link));
  ASSERT_TRUE(touch(*other, "bob").ok());
  ASSERT_TRUE(touch(*store_, "ada").ok());
  server_.command({"DEL", kKey});
  ASSERT_TRUE(touch(*store_, "cleo").ok());
  EXPECT_EQ(count(*other).value().online, 1U);
  EXPECT_EQ(others.reset_ages.size(), 1U);
  EXPECT_EQ(resets(), 1U);
}

TEST_F(RedisLoss, ItsOwnResetIsNoNewsToItself) {
  ASSERT_TRUE(touch(*store_, "ada").ok());
  ASSERT_TRUE(reset(*store_).ok());
  EXPECT_EQ(count(*store_).value().online, 0U);
  EXPECT_EQ(touch(*store_, "ada").value().online, 1U);
  EXPECT_EQ(resets(), 0U);
  EXPECT_EQ(ears_.losses, 0);
}

TEST_F(RedisLoss, AnOldResetIsNoNewsToANewNode) {
  server_.command({"HSET", kEpoch, "id", "e", "reset_at", std::to_string(server_now_ms() - 1000)});
  ASSERT_TRUE(count(*store_).ok());
  EXPECT_EQ(resets(), 1U) << "what it knows may be older";
  const auto later = make_store(*link_);
  Ears ears;
  later->listen(ears);
  server_.command({"HSET", kEpoch, "reset_at", std::to_string(server_now_ms() - 3'600'000)});
  ASSERT_TRUE(count(*later).ok());
  EXPECT_TRUE(ears.reset_ages.empty()) << "past the ttl";
}

TEST_F(RedisLoss, ARosterWhoseLastMemberLeftWasNotReset) {
  const auto other = make_store(*link_);
  ASSERT_TRUE(touch(*store_, "ada").ok());
  ASSERT_TRUE(leave(*other, "ada").ok());
  ASSERT_EQ(server_.command({"EXISTS", kKey}).integer, 0);
  EXPECT_EQ(count(*store_).value().online, 0U);
  EXPECT_EQ(touch(*store_, "bob").value().online, 1U);
  ASSERT_TRUE(leave(*store_, "bob").ok());
  EXPECT_EQ(count(*store_).value().online, 0U);
  EXPECT_EQ(resets(), 0U);
}

TEST_F(RedisLoss, ARosterThatExpiredWasNotReset) {
  redis::RedisRosterOptions options;
  options.layout.ttl = 40ms;
  options.trim_every = 5ms;
  store_ = make_store(*link_, options);
  store_->listen(ears_);
  ASSERT_TRUE(touch(*store_, "ada").ok());
  ASSERT_TRUE(run_until([&] { return server_.command({"EXISTS", kKey}).integer == 0; }));
  EXPECT_EQ(count(*store_).value().online, 0U);
  options.layout.ttl = 15min;
  options.layout.key_expiry = 20ms;
  store_ = make_store(*link_, options);
  store_->listen(ears_);
  ASSERT_TRUE(touch(*store_, "bob").ok());
  ASSERT_TRUE(run_until([&] { return server_.command({"EXISTS", kKey}).integer == 0; }));
  EXPECT_EQ(count(*store_).value().online, 0U);
  EXPECT_EQ(resets(), 0U);
}

TEST_F(RedisLoss, WhileAMergeIsUnderWayNoNodeIsCertain) {
  const auto other = make_store(*link_);
  EXPECT_EQ(touch(*other, "ada").value().certainty, core::Certainty::exact);
  ASSERT_TRUE(merge(*store_, {{member("bob"), false, 1s}}).ok());
  EXPECT_EQ(touch(*other, "ada").value().certainty, core::Certainty::at_least);
  EXPECT_EQ(count(*store_).value().certainty, core::Certainty::at_least);
  const auto until = std::stoll(server_.command({"HGET", kEpoch, "merging_until"}).text);
  EXPECT_LE(until, server_now_ms() + 3000);
  for (const std::int64_t mark : {server_now_ms() - 1, server_now_ms() + 3'600'000}) {
    server_.command({"HSET", kEpoch, "merging_until", std::to_string(mark)});
    EXPECT_EQ(count(*store_).value().certainty, core::Certainty::exact) << "over, or a clock step";
  }
}

}  // namespace
}  // namespace rollcall::integration

#include "integration/redis_roster_fixture.hpp"

namespace rollcall::integration {
namespace {

using namespace std::chrono_literals;

class RedisFaults : public RedisRoster {};

// A refused write must not pass for a count.
void expect_refused(const base::Result<core::Answer>& answer, std::string_view word) {
  ASSERT_FALSE(answer.ok()) << "counted " << answer.value().online;
  EXPECT_EQ(answer.error().kind, base::Errc::unavailable);
  EXPECT_NE(answer.error().message.find(word), std::string::npos) << answer.error().message;
}

TEST_F(RedisFaults, OutOfMemoryFailsTheTouch) {
  ASSERT_TRUE(touch(*store_, "ada").ok());
  server_.command({"CONFIG", "SET", "maxmemory", "1"});
  expect_refused(touch(*store_, "bob"), "OOM");
  expect_refused(touch(*store_, "ada"), "OOM");
  server_.command({"CONFIG", "SET", "maxmemory", "0"});
  const auto answer = touch(*store_, "bob");
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer.value().online, 2U);
}

TEST_F(RedisFaults, AReplicaFailsTheTouch) {
  ASSERT_TRUE(touch(*store_, "ada").ok());
  server_.command({"REPLICAOF", "127.0.0.1", "1"});
  expect_refused(touch(*store_, "bob"), "READONLY");
  expect_refused(leave(*store_, "ada"), "READONLY");
  server_.command({"CONFIG", "SET", "replica-serve-stale-data", "no"});
  expect_refused(count(*store_), "MASTERDOWN");
}

TEST_F(RedisFaults, MissingReplicasFailTheTouch) {
  ASSERT_TRUE(touch(*store_, "ada").ok());
  server_.command({"CONFIG", "SET", "min-replicas-to-write", "1"});
  expect_refused(touch(*store_, "bob"), "NOREPLICAS");
}

TEST_F(RedisFaults, AWrongTypeFailsTheTouch) {
  server_.command({"SET", kKey, "text"});
  expect_refused(touch(*store_, "ada"), "WRONGTYPE");
}

TEST_F(RedisFaults, AnAclOfItsKeysIsEnough) {
  server_.command({"ACL", "SETUSER", "app", "on", ">secret", "~online_sessions*",
                   "~{online_sessions}*", "+@all", "-@dangerous"});
  auto options = options_for(server_);
  options.endpoint.user = "app";
  options.endpoint.password = "secret";
  const auto link = make_link(options);
  const auto store = make_store(*link);
  ASSERT_TRUE(wait_up(*link));
  ASSERT_TRUE(touch(*store, "ada").ok());
  ASSERT_TRUE(touch(*store, "bob").ok());
  ASSERT_TRUE(leave(*store, "bob").ok());
  EXPECT_EQ(list(*store, 1), std::vector<std::string>{"ada"});
  server_.command({"ACL", "SETUSER", "app", "-zadd"});
  expect_refused(touch(*store, "cleo"), "NOPERM");
  EXPECT_EQ(count(*store).value().online, 1U);
}

TEST_F(RedisFaults, ScriptsThatWereFlushedAreSentAgain) {
  ASSERT_TRUE(touch(*store_, "ada").ok());
  server_.command({"SCRIPT", "FLUSH"});
  const auto answer = touch(*store_, "bob");
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer.value().online, 2U);
}

TEST_F(RedisFaults, ATouchAfterADelLivesAndNoDataIsThoughtLost) {
  ASSERT_TRUE(touch(*store_, "ada").ok());
  ASSERT_TRUE(touch(*store_, "bob").ok());
  server_.command({"DEL", kKey});
  EXPECT_EQ(count(*store_).value().online, 0U);
  EXPECT_EQ(touch(*store_, "ada").value().online, 1U);
  EXPECT_EQ(store_->counters().data_losses.get(), 0U);
}

TEST_F(RedisFaults, LostDataIsNoticedOnce) {
  ASSERT_TRUE(touch(*store_, "ada").ok());
  server_.command({"FLUSHALL"});
  EXPECT_EQ(touch(*store_, "bob").value().online, 1U);
  EXPECT_EQ(touch(*store_, "bob").value().online, 1U);
  EXPECT_EQ(store_->counters().data_losses.get(), 1U);
  EXPECT_EQ(logged("lost the data"), 1U);
  server_.command({"FLUSHALL"});
  ASSERT_TRUE(touch(*store_, "bob").ok());
  EXPECT_EQ(store_->counters().data_losses.get(), 2U);
}

TEST_F(RedisFaults, EveryCallerIsAnsweredWhenTheServerDies) {
  int failed = 0;
  ASSERT_TRUE(touch(*store_, "ada").ok());
  server_.pause();
  const auto note = [&](const auto& reply) { failed += reply.ok() ? 0 : 1; };
  store_->touch(member("a"), 0ms, note);
  context().poll();
  store_->touch(member("b"), 0ms, note);
  store_->leave(member("c"), note);
  store_->count(note);
  store_->is_live({member("a")}, note);
  store_->list("", 10, note);
  store_->reset(note);
  context().poll();
  server_.kill();
  EXPECT_TRUE(run_until([&] { return failed == 7; }));
}

TEST_F(RedisFaults, ItsEndLeavesTheLinkInOrder) {
  server_.pause();
  bool called = false;
  store_->touch(member("ada"), 0ms, [&](const auto&) { called = true; });
  context().poll();
  store_.reset();
  server_.resume();
  EXPECT_TRUE(ask(*link_, redis::Command("PING")).ok());
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace rollcall::integration

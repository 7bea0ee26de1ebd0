#include "integration/redis_shared_fixture.hpp"

namespace rollcall::integration {
namespace {

using namespace std::chrono_literals;

class RedisProbe : public RedisShared {
 protected:
  // A server that refuses a probe refuses a beat and a merge, and the other way round.
  void expect_all_refused(std::string_view word) {
    const auto expect_word = [&](const auto& result) {
      ASSERT_FALSE(result.ok());
      EXPECT_EQ(result.error().kind, base::Errc::unavailable);
      EXPECT_NE(result.error().message.find(word), std::string::npos) << result.error().message;
    };
    expect_word(probe(*store_));
    expect_word(touch(*store_, "refused"));
    expect_word(merge(*store_, {{member("refused"), false, 1s}}));
  }
  void expect_all_taken() {
    EXPECT_TRUE(probe(*store_).ok());
    EXPECT_TRUE(touch(*store_, "taken").ok());
    EXPECT_TRUE(merge(*store_, {{member("taken"), false, 1s}}).ok());
    EXPECT_FALSE(is_live(*store_, "refused"));
  }
};

TEST_F(RedisProbe, LeavesNothingBehindForLong) {
  ASSERT_TRUE(probe(*store_).ok());
  EXPECT_EQ(server_.command({"EXISTS", kKey}).integer, 0);
  for (const auto& key : server_.command({"KEYS", "*"}).elements) {
    const auto left = server_.command({"PTTL", key.text}).integer;
    EXPECT_GT(left, 0) << key.text;
    EXPECT_LE(left, 10'000) << key.text;
  }
}

TEST_F(RedisProbe, SeesThatMemoryIsFull) {
  server_.command({"CONFIG", "SET", "maxmemory", "1"});
  expect_all_refused("OOM");
  server_.command({"CONFIG", "SET", "maxmemory", "0"});
  expect_all_taken();
}

TEST_F(RedisProbe, SeesAReplica) {
  server_.command({"REPLICAOF", "127.0.0.1", "1"});
  expect_all_refused("READONLY");
  server_.command({"CONFIG", "SET", "replica-read-only", "no"});
  const auto writable = probe(*store_);
  ASSERT_FALSE(writable.ok());
  EXPECT_EQ(writable.error().code, "redis_replica") << "what it takes is lost when it resyncs";
  server_.command({"REPLICAOF", "NO", "ONE"});
  expect_all_taken();
}

TEST_F(RedisProbe, SeesThatReplicasAreMissing) {
  server_.command({"CONFIG", "SET", "min-replicas-to-write", "1"});
  expect_all_refused("NOREPLICAS");
  server_.command({"CONFIG", "SET", "min-replicas-to-write", "0"});
  expect_all_taken();
}

TEST_F(RedisProbe, SeesThatAKeyIsOfAnotherType) {
  for (const char* key : {kKey, kEpoch}) {
    server_.command({"SET", key, "text"});
    expect_all_refused("WRONGTYPE");
    server_.command({"DEL", key});
  }
  server_.command({"SET", kLeft, "text"});
  EXPECT_FALSE(probe(*store_).ok());
  server_.command({"DEL", kLeft});
  expect_all_taken();
}

TEST_F(RedisProbe, SeesWhatTheUserMayNotDoAndNeedsNoInfo) {
  server_.command({"ACL", "SETUSER", "app", "on", ">secret", "~online_sessions*",
                   "~{online_sessions}*", "+@all", "-@dangerous"});
  auto options = options_for(server_);
  options.endpoint.user = "app";
  options.endpoint.password = "secret";
  link_ = make_link(options);
  store_ = make_store(*link_);
  ASSERT_TRUE(wait_up(*link_));
  expect_all_taken();
  server_.command({"ACL", "SETUSER", "app", "-zadd"});
  expect_all_refused("NOPERM");
  server_.command({"ACL", "SETUSER", "app", "+zadd", "-zrem"});
  EXPECT_FALSE(probe(*store_).ok());
  EXPECT_FALSE(leave(*store_, "taken").ok());
}

TEST_F(RedisProbe, SeesAScriptThatDoesNotEnd) {
  const auto busy = make_link(options_for(server_));
  ASSERT_TRUE(wait_up(*busy));
  ASSERT_TRUE(touch(*store_, "ada").ok());
  ASSERT_TRUE(probe(*store_).ok());
  server_.command({"CONFIG", "SET", "busy-reply-threshold", "1"});
  bool ended = false;
  busy->send(redis::Command("EVAL", "while true do end", 0), [&](const auto&) { ended = true; });
  ASSERT_TRUE(run_until([&] { return server_.command({"PING"}).text.starts_with("BUSY"); }));
  expect_all_refused("BUSY");
  server_.command({"SCRIPT", "KILL"});
  ASSERT_TRUE(run_until([&] { return ended; }));
  expect_all_taken();
}

TEST_F(RedisProbe, FailsAtOnceWhileTheDatasetIsLoaded) {
  support::RedisServer slow({"--enable-debug-command", "yes"});
  const auto link = make_link(options_for(slow));
  const auto store = make_store(*link);
  ASSERT_TRUE(wait_up(*link));
  ASSERT_FALSE(slow.command({"DEBUG", "POPULATE", "3000"}).is_error());
  slow.command({"SAVE"});
  slow.kill();
  slow.start({"--key-load-delay", "200", "--loading-process-events-interval-bytes", "1024"},
             support::RedisServer::Ready::answering);
  ASSERT_TRUE(wait_down(*link));
  const auto probed = probe(*store);
  ASSERT_FALSE(probed.ok());
  EXPECT_EQ(probed.error().code, "redis_unavailable");
  EXPECT_FALSE(touch(*store, "ada").ok());
  ASSERT_TRUE(wait_up(*link));
  EXPECT_TRUE(probe(*store).ok());
  EXPECT_TRUE(touch(*store, "ada").ok());
}

TEST_F(RedisProbe, TimesOutWhenWritesWait) {
  link_ = make_link(hasty(server_));
  store_ = make_store(*link_);
  ASSERT_TRUE(wait_up(*link_));
  ASSERT_TRUE(touch(*store_, "ada").ok());
  server_.command({"CLIENT", "PAUSE", "100000", "WRITE"});
  const auto probed = probe(*store_);
  ASSERT_FALSE(probed.ok());
  EXPECT_EQ(probed.error().kind, base::Errc::timeout);
  server_.command({"CLIENT", "UNPAUSE"});
  ASSERT_TRUE(wait_up(*link_));
  expect_all_taken();
}

}  // namespace
}  // namespace rollcall::integration

#include "adapters/redis/timed_scripts.hpp"
#include "integration/redis_shared_fixture.hpp"

namespace rollcall::integration {
namespace {

using namespace std::chrono_literals;

class RedisDeadline : public RedisShared {
 protected:
  void SetUp() override {
    link_ = make_link(hasty(server_));
    store_ = make_store(*link_);
    ASSERT_TRUE(wait_up(*link_));
    ASSERT_TRUE(touch(*store_, "ada").ok());
  }

  // Calls while the server is stopped, and lets it go on once the caller was told that it is late.
  template <typename Call>
  void call_while_stopped(Call call) {
    server_.pause();
    const auto result = call();
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().kind, base::Errc::timeout) << result.error().message;
    server_.resume();
    // It reads what it was sent by the old link, in order or not, before this.
    ASSERT_TRUE(run_until([&] { return applied_calls() > calls_before_; }));
  }
  void note_calls() { calls_before_ = applied_calls(); }

 private:
  // How many calls of scripts the server has ended.
  std::int64_t applied_calls() {
    const std::string stats = server_.command({"INFO", "commandstats"}).text;
    const std::string_view name = "cmdstat_evalsha:calls=";
    const auto at = stats.find(name);
    return at == std::string::npos ? 0 : std::stoll(stats.substr(at + name.size()));
  }

  std::int64_t calls_before_ = 0;
};

TEST_F(RedisDeadline, ATouchThatTimedOutIsNotMadeLater) {
  note_calls();
  call_while_stopped([&] { return touch(*store_, "bob"); });
  EXPECT_EQ(server_.command({"ZCARD", kKey}).integer, 1);
  ASSERT_TRUE(wait_up(*link_));
  EXPECT_EQ(touch(*store_, "cleo").value().online, 2U);
}

TEST_F(RedisDeadline, ALeaveThatTimedOutIsNotMadeLater) {
  note_calls();
  call_while_stopped([&] { return leave(*store_, "ada"); });
  EXPECT_EQ(server_.command({"ZCARD", kKey}).integer, 1);
  EXPECT_EQ(server_.command({"EXISTS", kLeft}).integer, 0);
}

TEST_F(RedisDeadline, AMergeThatTimedOutIsNotMadeLater) {
  note_calls();
  call_while_stopped([&] { return merge(*store_, {{member("bob"), false, 1s}}, 0ms); });
  EXPECT_EQ(server_.command({"ZCARD", kKey}).integer, 1);
  EXPECT_NE(server_.command({"ZSCORE", kKey, "ada"}).type, redis::RespType::null);
  EXPECT_EQ(server_.command({"HEXISTS", kEpoch, "reset_at"}).integer, 0);
}

TEST_F(RedisDeadline, AResetThatTimedOutIsNotMadeLater) {
  // The server knows the script already: a call of an unknown one would end by itself.
  ASSERT_TRUE(reset(*store_).ok());
  ASSERT_TRUE(touch(*store_, "ada").ok());
  const auto before = server_.command({"HGET", kEpoch, "reset_at"}).text;
  note_calls();
  call_while_stopped([&] { return reset(*store_); });
  EXPECT_EQ(server_.command({"ZCARD", kKey}).integer, 1);
  EXPECT_EQ(server_.command({"HGET", kEpoch, "reset_at"}).text, before);
}

// A script that goes by a clock which the test sets, and counts its writes.
constexpr std::string_view kClockScript = R"(
local now = tonumber(redis.call('GET', KEYS[1]))
if now >= tonumber(ARGV[1]) + tonumber(ARGV[2]) then return {'late', now} end
return {redis.call('INCR', KEYS[2]), now, 'e', 0, 0, 0}
)";

TEST_F(RedisDeadline, AClockThatIsSetStopsNothing) {
  const redis::Script script(kClockScript);
  redis::TimedScripts timed(*link_);
  const auto call = [&] {
    return wait<redis::CommitReply>([&](auto reply) {
      timed.call(
          script,
          [](const redis::WriteWindow& window) {
            redis::Command arguments(2, "clock", "writes");
            arguments.add(window.sent.time_since_epoch().count());
            return std::move(arguments.add(window.patience.count()));
          },
          std::move(reply));
    });
  };
  std::uint64_t writes = 0;
  const std::int64_t noon = 1'760'000'000'000;
  for (const std::int64_t shown : {noon, noon + 1, noon + 3'600'000, noon - 3'600'000, noon}) {
    server_.command({"SET", "clock", std::to_string(shown)});
    const auto reply = call();
    ASSERT_TRUE(reply.ok()) << reply.error().message;
    EXPECT_EQ(reply.value().online, ++writes) << "made twice";
  }
}

TEST_F(RedisDeadline, AClockThatRunsAwayIsAnError) {
  const redis::Script script(R"(return {'late', redis.call('INCRBY', KEYS[1], 10000)})");
  redis::TimedScripts timed(*link_);
  const auto reply = wait<redis::CommitReply>([&](auto answer) {
    timed.call(
        script, [](const redis::WriteWindow&) { return redis::Command(1, "clock"); },
        std::move(answer));
  });
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().kind, base::Errc::timeout);
  EXPECT_EQ(reply.error().code, "redis_late");
  EXPECT_EQ(server_.command({"GET", "clock"}).text, "20000") << "sent twice";
}

}  // namespace
}  // namespace rollcall::integration

#include "integration/redis_roster_fixture.hpp"

#include <array>
#include <cstdio>
#include <memory>

namespace rollcall::integration {
namespace {

using namespace std::chrono_literals;

std::string output_of(const std::string& command) {
  std::string text;
  std::array<char, 4096> buffer;
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  while (std::fgets(buffer.data(), buffer.size(), pipe.get()) != nullptr) text += buffer.data();
  return text;
}

TEST_F(RedisRoster, KeepsMillisecondScoresAndNoMemberOfItsOwn) {
  const std::int64_t before = server_now_ms();
  ASSERT_TRUE(touch(*store_, "ada").ok());
  ASSERT_TRUE(leave(*store_, "bob").ok());
  ASSERT_TRUE(touch(*store_, "cleo").ok());
  list(*store_, 1);
  const std::string shown = output_of("redis-cli -p " + std::to_string(server_.port()) +
                                      " ZRANGE online_sessions 0 -1 WITHSCORES");
  std::array<char, 64> first{};
  std::array<char, 64> second{};
  long long ada = 0;
  long long cleo = 0;
  ASSERT_EQ(
      std::sscanf(shown.c_str(), "%63s %lld %63s %lld", first.data(), &ada, second.data(), &cleo),
      4)
      << shown;
  EXPECT_EQ(std::string(first.data()), "ada");
  EXPECT_EQ(std::string(second.data()), "cleo");
  EXPECT_GE(ada, before);
  EXPECT_LE(cleo, server_now_ms());
  EXPECT_EQ(server_.command({"ZCARD", kKey}).integer, 2);
}

TEST_F(RedisRoster, TouchesOfATurnAreOneCall) {
  ASSERT_TRUE(touch(*store_, "m0").ok());  // tells what the server's clock shows
  int answered = 0;
  for (int i = 0; i < 50; ++i) {
    store_->touch(member("m" + std::to_string(i)), 0ms,
                  [&](const auto& answer) { answered += answer.ok() ? 1 : 0; });
  }
  const auto before = link_->counters().commands.get();
  ASSERT_TRUE(run_until([&] { return answered == 50; }));
  EXPECT_EQ(link_->counters().commands.get() - before, 1U);
  EXPECT_EQ(store_->counters().batch_size.sum(), 51.0);
}

TEST_F(RedisRoster, OnlyAMergeThatFillsMakesAnswersAtLeast) {
  const auto merge = [this](bool is_filling) {
    bool is_done = false;
    store_->merge({{{member("bob"), false, 1s}}, std::nullopt, is_filling},
                  [&](const base::Status& status) { is_done = status.ok(); });
    return run_until([&] { return is_done; });
  };
  ASSERT_TRUE(merge(false));
  EXPECT_EQ(touch(*store_, "ada").value().certainty, core::Certainty::exact);
  ASSERT_TRUE(merge(true));
  EXPECT_EQ(touch(*store_, "ada").value().certainty, core::Certainty::at_least);
}

TEST_F(RedisRoster, ItsQueueIsBounded) {
  redis::RedisRosterOptions options;
  options.queued_changes = 3;
  const auto small = make_store(*link_, options);
  int refused = 0;
  int answered = 0;
  for (int i = 0; i < 5; ++i) {
    small->touch(member("m" + std::to_string(i)), 0ms, [&](const auto& answer) {
      answer.ok() ? ++answered : ++refused;
      if (!answer.ok()) {
        EXPECT_EQ(answer.error().code, "queue_full");
        EXPECT_EQ(answer.error().kind, base::Errc::overloaded);
      }
    });
  }
  EXPECT_EQ(refused, 2);
  EXPECT_TRUE(run_until([&] { return answered == 3; }));
}

TEST_F(RedisRoster, AnAgedTouchAfterTheLeaveLives) {
  ASSERT_TRUE(touch(*store_, "other").ok());
  server_.command({"ZADD", kLeft, std::to_string(server_now_ms() - 10'000), "ada"});
  ASSERT_TRUE(touch(*store_, "ada", 11s).ok());
  EXPECT_FALSE(is_live(*store_, "ada"));
  ASSERT_TRUE(touch(*store_, "ada", 9s).ok());
  EXPECT_TRUE(is_live(*store_, "ada"));
}

TEST_F(RedisRoster, AFreshTouchIsAfterATombstoneOfAFasterClock) {
  const std::int64_t ahead = server_now_ms() + 5'000;
  server_.command({"ZADD", kLeft, std::to_string(ahead), "ada"});
  ASSERT_EQ(touch(*store_, "ada").value().online, 1U);
  EXPECT_EQ(server_.command({"ZSCORE", kKey, "ada"}).text, std::to_string(ahead + 1));
  server_.command({"HSET", kEpoch, "reset_at", std::to_string(ahead + 1000)});
  ASSERT_EQ(touch(*store_, "bob").value().online, 2U);
  EXPECT_EQ(server_.command({"ZSCORE", kKey, "bob"}).text, std::to_string(ahead + 1001));
}

TEST_F(RedisRoster, ScoresFarAheadArePulledBack) {
  const std::int64_t now = server_now_ms();
  server_.command({"ZADD", kLeft, std::to_string(now + 3'600'000), "ada"});
  server_.command({"ZADD", kKey, std::to_string(now + 3'600'000), "bob"});
  ASSERT_EQ(touch(*store_, "ada").value().online, 2U);
  EXPECT_LE(std::stoll(server_.command({"ZSCORE", kKey, "ada"}).text), server_now_ms() + 10'000);
  redis::RedisRosterOptions options;
  options.trim_every = 5ms;
  const auto trimming = make_store(*link_, options);
  EXPECT_TRUE(run_until([&] {
    return std::stoll(server_.command({"ZSCORE", kKey, "bob"}).text) <= server_now_ms() + 10'000;
  }));
}

TEST_F(RedisRoster, TrimsWhatIsStaleALittleAtATime) {
  redis::RedisRosterOptions options;
  options.trim_every = 5ms;
  options.trim_members = 10;
  const auto trimming = make_store(*link_, options);
  const std::int64_t stale = server_now_ms() - 3'600'000;
  std::vector<std::string> dead{"ZADD", kKey};
  for (int i = 0; i < 95; ++i) {
    dead.push_back(std::to_string(stale + i));
    dead.push_back("dead" + std::to_string(i));
  }
  server_.command(dead);
  dead[1] = kLeft;
  server_.command(dead);
  ASSERT_TRUE(touch(*store_, "ada").ok());
  ASSERT_TRUE(leave(*store_, "bob").ok());
  EXPECT_EQ(count(*store_).value().online, 1U);
  EXPECT_TRUE(run_until([&] {
    return trimming->counters().trimmed.get() + store_->counters().trimmed.get() == 95 &&
           server_.command({"ZCARD", kLeft}).integer == 1;
  }));
  EXPECT_EQ(server_.command({"ZCARD", kKey}).integer, 1);
}

TEST_F(RedisRoster, ALargeBatchIsWrittenWhole) {
  redis::RedisRosterOptions options;
  options.batch_members = 10'000;
  const auto large = make_store(*link_, options);
  ASSERT_TRUE(leave(*large, "m4").ok());
  int answered = 0;
  for (int i = 0; i < 10'000; ++i) {
    const auto note = [&](const auto& answer) { answered += answer.ok() ? 1 : 0; };
    const auto who = member("m" + std::to_string(i));
    if (i % 3 == 0) {
      large->leave(who, note);
    } else {
      large->touch(who, base::Millis(i % 2), note);
    }
  }
  ASSERT_TRUE(run_until([&] { return answered == 10'000; }));
  EXPECT_EQ(count(*large).value().online, 6'666U);
}

TEST_F(RedisRoster, TheLatestPageMayBeAskedAgain) {
  for (const char* who : {"a", "b", "c", "d", "e"}) ASSERT_TRUE(touch(*store_, who, 1s).ok());
  const auto page = [&](const std::string& cursor) {
    return wait<ports::MemberPage>([&](auto reply) { store_->list(cursor, 2, std::move(reply)); });
  };
  const auto first = page("").value();
  const auto second = page(first.next).value();
  ASSERT_TRUE(touch(*store_, "c").ok());
  const auto again = page(first.next).value();
  EXPECT_EQ(again.members, second.members);
  EXPECT_EQ(again.next, second.next);
  const auto third = page(second.next).value();
  EXPECT_EQ(third.members.size(), 1U);
  EXPECT_TRUE(third.next.empty());
  const auto spent = page(first.next);
  ASSERT_FALSE(spent.ok());
  EXPECT_EQ(spent.error().kind, base::Errc::invalid_argument);
  for (const auto& key : server_.command({"KEYS", "*listed*"}).elements) {
    const auto left = server_.command({"TTL", key.text}).integer;
    EXPECT_GT(left, 0);
    EXPECT_LE(left, 60);
  }
}

}  // namespace
}  // namespace rollcall::integration

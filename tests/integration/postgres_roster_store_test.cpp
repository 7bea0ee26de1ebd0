#include "adapters/postgres/migrations.hpp"
#include "adapters/postgres/roster_store.hpp"
#include "support/postgres_node.hpp"
#include "support/postgres_server.hpp"

#include <chrono>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace rollcall::postgres {
namespace {

using std::chrono::seconds;
using support::PostgresNode;
using support::PostgresServer;

constexpr base::Millis kTtl = std::chrono::minutes(1);
constexpr base::Millis kCountedOnce = std::chrono::hours(1);

class PostgresRoster : public testing::Test {
 protected:
  static PostgresServer& server() {
    static PostgresServer running;
    static const auto migrated = migrate(running.url());
    EXPECT_TRUE(migrated.ok()) << migrated.error().message;
    return running;
  }

  static LinkOptions link_options(const std::string& url) {
    LinkOptions link;
    link.url = url;
    link.timeout = seconds(5);
    return link;
  }

  PostgresRosterOptions roster_options(base::Millis count_every) const {
    PostgresRosterOptions options{roster_, kTtl};
    options.count_every = count_every;
    return options;
  }

  std::unique_ptr<PostgresNode> make_node(base::Millis count_every = kCountedOnce) const {
    return std::make_unique<PostgresNode>(link_options(server().url()),
                                          roster_options(count_every));
  }

  std::string of_member(const std::string& expression, const std::string& member) const {
    return server().query("SELECT " + expression + " FROM rollcall_members WHERE roster = '" +
                          roster_ + "' AND member = '" + member + "'");
  }

  void set_member(const std::string& change, const std::string& member) const {
    server().query("UPDATE rollcall_members SET " + change + " WHERE roster = '" + roster_ +
                   "' AND member = '" + member + "'");
  }

  static std::uint64_t online(const base::Result<core::Answer>& answer) {
    if (answer.ok()) return answer.value().online;
    ADD_FAILURE() << answer.error().message;
    return 0;
  }

 private:
  std::string roster_ = testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(PostgresRoster, AMissingTableNamesTheCommandThatMakesIt) {
  server().query("CREATE DATABASE empty");
  PostgresNode node(link_options(server().url("empty")), roster_options(kCountedOnce));
  const auto answer = node.touch("ada");
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().kind, base::Errc::unavailable);
  EXPECT_NE(answer.error().message.find("42P01"), std::string::npos) << answer.error().message;
  EXPECT_NE(answer.error().message.find("rollcall migrate"), std::string::npos);
  ASSERT_TRUE(migrate(server().url("empty")).ok());
  EXPECT_EQ(online(node.touch("ada")), 1U) << "the link needed no restart";
}

// Each answer must count its caller though this node's count is an hour old, and though the
// member was live at the other node before it came to this one.
TEST_F(PostgresRoster, WhoArrivedAtAnotherNodeIsCountedHereAtOnce) {
  const auto here = make_node();
  const auto there = make_node();
  EXPECT_EQ(online(here->count()), 0U);
  EXPECT_EQ(online(there->touch("ada")), 1U);
  EXPECT_EQ(online(here->touch("ada")), 1U);
  EXPECT_EQ(online(here->touch("ada")), 1U);
  EXPECT_EQ(online(there->touch("bob")), 2U);
  EXPECT_EQ(online(here->touch("bob")), 2U);
  EXPECT_EQ(online(here->leave("bob")), 1U);
  EXPECT_EQ(online(here->leave("bob")), 1U);
}

TEST_F(PostgresRoster, OtherNodesShowWithTheNextCount) {
  const auto here = make_node(base::Millis(200));
  const auto there = make_node();
  EXPECT_EQ(online(here->count()), 0U);
  EXPECT_EQ(online(there->touch("ada")), 1U);
  EXPECT_TRUE(here->run_until([&] { return online(here->count()) == 1; }));
  EXPECT_EQ(online(there->leave("ada")), 0U);
  EXPECT_TRUE(here->run_until([&] { return online(here->count()) == 0; }));
}

// The count that is under way when a batch is sent changes what the batch's report means.
TEST_F(PostgresRoster, CountsBetweenBatchesCountNobodyTwice) {
  const auto node = make_node(base::Millis(0));
  std::mt19937 random(7);
  std::size_t answered = 0;
  constexpr std::size_t kTouches = 3000;
  constexpr std::size_t kMembers = 200;
  for (std::size_t i = 0; i < kTouches; ++i) {
    node->store().touch(core::MemberId::parse(std::to_string(random() % kMembers)).value(), {},
                        [&](const base::Result<core::Answer>& answer) {
                          EXPECT_LE(online(answer), kMembers);
                          ++answered;
                        });
    if (i % 50 == 0) {
      node->store().count(
          [&](const base::Result<core::Answer>& answer) { EXPECT_LE(online(answer), kMembers); });
      node->pump();
    }
  }
  ASSERT_TRUE(node->run_until([&] { return answered == kTouches; }));
  EXPECT_EQ(online(node->touch("0")), kMembers);
}

TEST_F(PostgresRoster, AnAgedTouchAfterTheLeaveLives) {
  const auto node = make_node();
  EXPECT_EQ(online(node->touch("ada")), 1U);
  EXPECT_EQ(online(node->leave("ada")), 0U);
  set_member("last_seen = last_seen - interval '20 s', left_at = left_at - interval '20 s'",
             "ada");
  EXPECT_EQ(online(node->touch("ada", seconds(25))), 0U);
  EXPECT_EQ(online(node->touch("ada", seconds(15))), 1U);
}

TEST_F(PostgresRoster, AClockThatWasSetBackLosesNobody) {
  const auto node = make_node();
  EXPECT_EQ(online(node->touch("ada")), 1U);
  set_member("last_seen = now() + interval '1 h'", "ada");
  EXPECT_EQ(online(node->leave("ada")), 0U);
  EXPECT_EQ(online(node->touch("ada")), 1U);
  EXPECT_EQ(of_member("last_seen > left_at", "ada"), "t");
  const auto done =
      node->wait<base::Done>([&](auto reply) { node->store().reset(std::move(reply)); });
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(online(node->count()), 0U);
  EXPECT_EQ(online(node->touch("ada")), 1U);
}

TEST_F(PostgresRoster, WhoWasGoneLongComesBackAsAnArrival) {
  const auto node = make_node();
  EXPECT_EQ(online(node->touch("ada", kTtl + seconds(1))), 0U);
  EXPECT_EQ(online(node->touch("ada")), 1U);
  EXPECT_EQ(online(node->touch("ada")), 1U);
}

TEST_F(PostgresRoster, AnAgeBeyondAllBoundsSpoilsNoBatch) {
  const auto node = make_node();
  EXPECT_EQ(online(node->touch("ada", base::Millis::max())), 0U);
  EXPECT_EQ(online(node->touch("bob", base::Millis::min())), 1U);
}

TEST_F(PostgresRoster, AFullQueueTurnsCallersAway) {
  PostgresRosterOptions options = roster_options(kCountedOnce);
  options.queued_changes = 10;
  PostgresNode node(link_options(server().url()), options);
  std::size_t written = 0;
  std::size_t refused = 0;
  for (int i = 0; i < 15; ++i) {
    node.store().touch(core::MemberId::parse(std::to_string(i)).value(), {},
                       [&](const base::Result<core::Answer>& answer) {
                         if (answer.ok()) return void(++written);
                         EXPECT_EQ(answer.error().kind, base::Errc::overloaded);
                         EXPECT_EQ(answer.error().code, "queue_full");
                         ++refused;
                       });
  }
  EXPECT_EQ(refused, 5U);
  EXPECT_TRUE(node.run_until([&] { return written == 10; }));
}

TEST_F(PostgresRoster, ItsEndAnswersWhoWaits) {
  const auto other = make_node();
  other->link().send({"DO $$BEGIN LOCK TABLE rollcall_members; PERFORM pg_sleep(0.5); END$$", {}},
                     [](const base::Result<Rows>&) {});
  ASSERT_TRUE(other->run_until([&] {
    return server().query(
               "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock'"
               " AND relation = 'rollcall_members'::regclass AND granted") == "1";
  }));
  std::size_t answered = 0;
  {
    auto options = roster_options(kCountedOnce);
    options.batch_members = 2;  // so that some are sent and others wait
    PostgresNode node(link_options(server().url()), options);
    for (int i = 0; i < 10; ++i) {
      node.store().touch(core::MemberId::parse(std::to_string(i)).value(), {},
                         [&](const base::Result<core::Answer>& answer) {
                           EXPECT_FALSE(answer.ok());
                           ++answered;
                         });
    }
    node.store().count([&](const base::Result<core::Answer>&) { ++answered; });
    constexpr std::uint64_t kSessionCountAndBatch = 3;
    ASSERT_TRUE(node.run_until(
        [&] { return node.link().counters().queries.get() == kSessionCountAndBatch; }));
    EXPECT_EQ(answered, 0U);
  }
  EXPECT_EQ(answered, 11U);
}

TEST_F(PostgresRoster, BeatsAreHotUpdates) {
  constexpr std::size_t kMembers = 500;
  constexpr std::size_t kRounds = 10;
  auto node = make_node();
  for (std::size_t round = 0; round < kRounds; ++round) {
    std::size_t answered = 0;
    for (std::size_t i = 0; i < kMembers; ++i) {
      node->store().touch(core::MemberId::parse("session-" + std::to_string(i)).value(), {},
                          [&](const base::Result<core::Answer>&) { ++answered; });
    }
    ASSERT_TRUE(node->run_until([&] { return answered == kMembers; }));
  }
  node = make_node();  // a server's process publishes its statistics when it ends
  const auto statistic = [&](const std::string& name) {
    return std::stoul(server().query(
        "SELECT " + name + " FROM pg_stat_user_tables WHERE relname = 'rollcall_members'"));
  };
  constexpr std::size_t kUpdates = kMembers * (kRounds - 1);
  ASSERT_TRUE(node->run_until([&] { return statistic("n_tup_upd") >= kUpdates; }));
  EXPECT_GE(static_cast<double>(statistic("n_tup_hot_upd")),
            0.99 * static_cast<double>(statistic("n_tup_upd")));
}

TEST_F(PostgresRoster, ManyStoresOnTheSameMembersNeverDeadlock) {
  constexpr std::size_t kStores = 16;
  std::vector<std::size_t> written(kStores);
  std::vector<std::thread> threads;
  auto options = roster_options(seconds(1));
  options.batch_members = 100;
  const auto link = link_options(server().url());  // a server ends with the thread that began it
  for (std::size_t i = 0; i < kStores; ++i) {
    threads.emplace_back([&, i] {
      PostgresNode node(link, options);
      written[i] = node.change_in_any_order(static_cast<std::uint32_t>(i), 5, 300, 8);
    });
  }
  for (auto& thread : threads) thread.join();
  for (const std::size_t count : written) EXPECT_EQ(count, 1500U);
  EXPECT_EQ(server().log().find("deadlock detected"), std::string::npos);
}

}  // namespace
}  // namespace rollcall::postgres

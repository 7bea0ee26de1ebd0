#include "app/node/retention_worker.hpp"

#include "support/postgres_server.hpp"
#include "support/soon.hpp"

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace rollcall::app {
namespace {

using support::PostgresServer;
using support::soon;

// The worker of a server, while other threads ask how it fares.
class RetentionWorkerTest : public testing::Test {
 protected:
  static PostgresServer& server() {
    static PostgresServer running;
    return running;
  }

  void SetUp() override {
    server().query(
        "DROP TABLE IF EXISTS sessions; CREATE TABLE sessions (id int8 PRIMARY KEY, "
        "expires_at timestamptz NOT NULL)");
  }

  static void add_rows(int rows, const std::string& expires) {
    server().query("INSERT INTO sessions SELECT n, now() + '" + expires +
                   "' FROM generate_series((SELECT coalesce(max(id), 0) + 1 FROM sessions), "
                   "(SELECT coalesce(max(id), 0) FROM sessions) + " +
                   std::to_string(rows) + ") AS n");
  }

  // Deleting a row takes until the test's end.
  static void hold_deletions() {
    server().query(
        "CREATE OR REPLACE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN PERFORM pg_sleep(3600); RETURN OLD; END'; CREATE TRIGGER hold BEFORE "
        "DELETE ON sessions FOR EACH ROW EXECUTE FUNCTION hold()");
  }

  static bool is_held() {
    return server().query(
               "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = "
               "'PgSleep'") == "t";
  }

  static core::RetentionPolicy policy(const std::string& name) {
    core::RetentionPolicy policy;
    policy.name = name;
    policy.url = server().url();
    policy.table = "sessions";
    policy.id = "id";
    policy.expires_at = "expires_at";
    policy.every = std::chrono::seconds(1);
    return policy;
  }

  static std::string rows() { return server().query("SELECT count(*) FROM sessions"); }

  std::uint64_t deleted() const {
    std::uint64_t total = 0;
    for (const auto& status : worker_.status()) total += status.deleted;
    return total;
  }

  base::SteadyClock clock_;
  base::Logger logger_{2, base::LogLevel::off};
  RetentionWorker worker_{clock_, logger_};
};

TEST_F(RetentionWorkerTest, DrainsWhileOthersAskAndPoliciesChange) {
  add_rows(2000, "-1h");
  add_rows(100, "1h");
  std::jthread asker([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      EXPECT_LE(worker_.status().size(), 2U);
      std::this_thread::yield();
    }
  });
  worker_.replace_policies({policy("one")});
  core::RetentionPolicy changed = policy("one");
  changed.batch_target = base::Millis(20);
  worker_.replace_policies({changed, policy("two")});
  EXPECT_TRUE(soon([] { return rows() == "100"; }));
  EXPECT_TRUE(soon([this] { return deleted() == 2000; }));
  add_rows(10, "-1h");
  EXPECT_TRUE(soon([] { return rows() == "100"; }));
  worker_.replace_policies({});
  EXPECT_TRUE(worker_.status().empty());
  EXPECT_TRUE(worker_.policies().empty());
}

TEST_F(RetentionWorkerTest, ANewPolicyWaitsForNoOther) {
  core::RetentionPolicy hourly = policy("hourly");
  hourly.every = std::chrono::hours(1);
  worker_.replace_policies({hourly});
  ASSERT_TRUE(soon([this] { return worker_.status().at(0).runs == 1; }));
  add_rows(10, "-1h");
  worker_.replace_policies({hourly, policy("new")});
  EXPECT_TRUE(soon([] { return rows() == "0"; }));
}

TEST_F(RetentionWorkerTest, AStopCancelsTheStatementUnderWay) {
  add_rows(10, "-1h");
  hold_deletions();
  worker_.replace_policies({policy("one")});
  ASSERT_TRUE(soon(is_held));
  EXPECT_TRUE(worker_.status().at(0).running);
  worker_.stop();
  EXPECT_EQ(rows(), "10");
  EXPECT_TRUE(soon([] { return !is_held(); }));
  const auto status = worker_.status().at(0);
  EXPECT_FALSE(status.running);
  EXPECT_EQ(status.latest.back().report.outcome, service::RetentionReport::Outcome::stopped);
}

TEST_F(RetentionWorkerTest, AfterAStopNothingBegins) {
  add_rows(1, "-1h");
  worker_.request_stop();
  worker_.replace_policies({policy("one")});
  worker_.stop();
  EXPECT_EQ(worker_.status().at(0).runs, 0U);
}

}  // namespace
}  // namespace rollcall::app

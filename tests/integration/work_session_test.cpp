#include "adapters/postgres/work_session.hpp"

#include "support/postgres_server.hpp"
#include "support/soon.hpp"

#include <chrono>
#include <stop_token>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace rollcall::postgres {
namespace {

using support::PostgresServer;
using support::soon;

constexpr base::Millis kPatience{20'000};
constexpr base::Millis kShort{50};
constexpr const char* kHang = "SELECT pg_sleep(3600)";

class PostgresWorkSession : public testing::Test {
 protected:
  static PostgresServer& server() {
    static PostgresServer running;
    return running;
  }

  static std::string one(WorkSession& session, const std::string& sql) {
    const auto rows = session.run({sql, {}}, kPatience);
    if (rows.ok() && rows.value().size() == 1) return std::string(rows.value().text(0, 0));
    return rows.ok() ? "no row" : "error: " + rows.error().message;
  }

  static bool hangs() {
    return server().query(
               "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND "
               "state = 'active'") == "1";
  }

  void open() { ASSERT_TRUE(session.open().ok()) << session.open().error().message; }

  std::stop_source stop;
  WorkSession session{server().url(), "work test", stop.get_token()};
};

TEST_F(PostgresWorkSession, RunsStatementsAndTellsWhatTheyDid) {
  EXPECT_FALSE(session.run({"SELECT 1", {}}, kPatience).ok()) << "it is not open";
  open();
  EXPECT_EQ(one(session, "SELECT current_setting('application_name')"), "rollcall work test");
  EXPECT_EQ(one(session, "CREATE TEMP TABLE t (n int8); SELECT 7"), "7");
  const auto inserted = session.run(
      {"INSERT INTO t SELECT n FROM generate_series(1, $1) AS n", {int8(1000)}}, kPatience);
  ASSERT_TRUE(inserted.ok()) << inserted.error().message;
  EXPECT_EQ(session.affected(), 1000U);
  const auto failed = session.run({"SELECT $1 / 0", {int8(1)}}, kPatience);
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().kind, base::Errc::unavailable);
  EXPECT_EQ(session.sqlstate(), "22012");
  EXPECT_EQ(session.affected(), 0U);
  const std::string large(3'000'000, 'x');
  const auto length = session.run({"SELECT length($1)", {text(large)}}, kPatience);
  ASSERT_TRUE(length.ok()) << length.error().message;
  EXPECT_EQ(length.value().integer(0, 0), 3'000'000);
  EXPECT_EQ(session.sqlstate(), "");
}

TEST_F(PostgresWorkSession, CancelsWhatTakesTooLongAndGoesOn) {
  open();
  const std::string backend = one(session, "SELECT pg_backend_pid()");
  const auto late = session.run({kHang, {}}, kShort);
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().kind, base::Errc::timeout);
  EXPECT_EQ(session.sqlstate(), "57014");
  EXPECT_EQ(one(session, "SELECT pg_backend_pid()"), backend);
}

TEST_F(PostgresWorkSession, AStopEndsTheCallUnderWayAndAllLaterOnes) {
  open();
  std::jthread stopper([this] {
    EXPECT_TRUE(soon([] { return hangs(); }));
    stop.request_stop();
  });
  const auto stopped = session.run({kHang, {}}, std::chrono::hours(24));
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().kind, base::Errc::unavailable);
  EXPECT_EQ(stopped.error().code, "stopped");
  EXPECT_FALSE(hangs());
  EXPECT_EQ(session.run({"SELECT 1", {}}, kPatience).error().code, "stopped");
  EXPECT_EQ(session.open().error().code, "stopped");
  WorkSession late(server().url(), "work test", stop.get_token());
  EXPECT_EQ(late.open().error().code, "stopped");
}

TEST_F(PostgresWorkSession, KeepsItsOwnSettingsWhateverTheRoleHas) {
  server().query("CREATE ROLE hasty LOGIN PASSWORD 'p'");
  for (const char* setting :
       {"statement_timeout = 1", "lock_timeout = 1", "idle_in_transaction_session_timeout = 1",
        "idle_session_timeout = 60000", "default_transaction_read_only = on",
        "default_transaction_isolation = 'serializable'", "TimeZone = 'Pacific/Kiritimati'",
        "standard_conforming_strings = off", "DateStyle = 'German'"}) {
    server().query(std::string("ALTER ROLE hasty SET ") + setting);
  }
  WorkSession hasty(server().url_as("hasty", "p"), "work test", {});
  const auto opened = hasty.open();
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  EXPECT_EQ(one(hasty, "SELECT pg_sleep(0.02)"), "");
  for (const char* name : {"statement_timeout", "lock_timeout", "idle_session_timeout"}) {
    EXPECT_EQ(one(hasty, std::string("SHOW ") + name), "0");
  }
  EXPECT_EQ(one(hasty, "SHOW transaction_read_only"), "off");
  EXPECT_EQ(one(hasty, "SHOW transaction_isolation"), "read committed");
  EXPECT_EQ(one(hasty, "SELECT '2026-01-02'::date || '\\' || current_setting('TimeZone')"),
            "2026-01-02\\UTC");
}

TEST_F(PostgresWorkSession, ALostConnectionIsAnErrorUntilItIsOpenedAgain) {
  open();
  EXPECT_EQ(one(session, "BEGIN; SELECT 1"), "1");
  std::jthread cutter([] {
    EXPECT_TRUE(soon([] { return hangs(); }));
    server().query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_s%'");
  });
  const auto cut = session.run({kHang, {}}, kPatience);
  ASSERT_FALSE(cut.ok());
  EXPECT_EQ(cut.error().kind, base::Errc::unavailable);
  EXPECT_FALSE(session.is_open());
  EXPECT_FALSE(session.run({"SELECT 1", {}}, kPatience).ok()) << "its transaction is gone";
  open();
  EXPECT_EQ(one(session, "SELECT 1"), "1");
}

TEST_F(PostgresWorkSession, AServerThatHangsIsATimeout) {
  open();
  server().pause();
  const auto hung = session.run({"SELECT 1", {}}, kShort);
  const auto connects = [] {
    WorkSession other(server().url(), "work test", {});
    return other.open();
  };
  std::stop_source impatient;
  WorkSession waiting(server().url(), "work test", impatient.get_token());
  std::jthread stopper([&] { impatient.request_stop(); });
  const auto stopped = waiting.open();
  server().resume();
  ASSERT_FALSE(hung.ok());
  EXPECT_EQ(hung.error().kind, base::Errc::timeout);
  EXPECT_FALSE(session.is_open()) << "a late answer would be taken for that of the next one";
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().code, "stopped");
  EXPECT_TRUE(soon([&] { return connects().ok(); }));
  open();
  EXPECT_EQ(one(session, "SELECT 1"), "1");
}

TEST_F(PostgresWorkSession, AServerThatIsGoneIsUnavailable) {
  PostgresServer own;
  WorkSession lost(own.url(), "work test", {});
  ASSERT_TRUE(lost.open().ok());
  own.kill();
  const auto cut = lost.run({"SELECT 1", {}}, kPatience);
  ASSERT_FALSE(cut.ok());
  EXPECT_EQ(cut.error().kind, base::Errc::unavailable);
  const auto refused = lost.open();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, base::Errc::unavailable);
  EXPECT_EQ(refused.error().message.find(PostgresServer::kPassword), std::string::npos);
  own.start();
  EXPECT_TRUE(lost.open().ok());
}

TEST_F(PostgresWorkSession, AWrongUrlOrPasswordIsToldWithoutIt) {
  WorkSession stranger(server().url_as("rollcall", "wr0ng"), "work test", {});
  const auto refused = stranger.open();
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("password authentication failed"), std::string::npos);
  EXPECT_EQ(refused.error().message.find("wr0ng"), std::string::npos);
  WorkSession lost("postgresql://a:wr0ng@b@c", "work test", {});
  EXPECT_EQ(lost.open().error().kind, base::Errc::invalid_argument);
}

}  // namespace
}  // namespace rollcall::postgres

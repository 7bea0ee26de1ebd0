#include "adapters/postgres/migrations.hpp"
#include "adapters/postgres/outage_board.hpp"
#include "support/postgres_node.hpp"
#include "support/postgres_server.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace rollcall::postgres {
namespace {

using std::chrono::seconds;
using support::PostgresNode;
using support::PostgresServer;

constexpr base::Millis kTtl = std::chrono::minutes(10);

class PostgresDeadline : public testing::Test {
 protected:
  PostgresDeadline() {
    const auto migrated = migrate(server.url());
    EXPECT_TRUE(migrated.ok()) << migrated.error().message;
    server.query(
        "CREATE TABLE active_sessions"
        " (session_id text PRIMARY KEY, last_activity timestamp NOT NULL)");
  }

  std::unique_ptr<PostgresNode> make_node(const std::string& roster, base::Millis timeout,
                                          const std::string& table = "") const {
    LinkOptions link;
    link.url = server.url();
    link.timeout = timeout;
    PostgresRosterOptions options{roster, kTtl};
    options.count_every = std::chrono::hours(1);
    options.sessions_table = table;
    auto node = std::make_unique<PostgresNode>(link, options);
    EXPECT_TRUE(node->run_until([&] { return node->count().ok(); }));
    return node;
  }

  static core::Change change(const std::string& member, bool leave, base::Millis age) {
    return {core::MemberId::parse(member).value(), leave, age};
  }

  // Sends while the server hangs, and returns when it has gone on and read all of it. It stops
  // before a second statement, for nobody hears it any more: so one at a time.
  template <typename Send>
  void send_to_a_hung_server(PostgresNode& node, Send send) {
    auto backend = node.link_answer({"SELECT pg_backend_pid()", {}});
    ASSERT_TRUE(node.run_until([&] {
      if (!backend.ok()) backend = node.link_answer({"SELECT pg_backend_pid()", {}});
      return backend.ok();
    }));
    const std::string pid(backend.value().text(0, 0));
    server.pause();
    std::size_t failed = 0;
    const std::size_t sent = send([&](const auto& result) {
      EXPECT_TRUE(!result.ok() && result.error().kind == base::Errc::timeout);
      ++failed;
    });
    EXPECT_TRUE(node.run_until([&] { return failed == sent; }));
    server.resume();
    EXPECT_TRUE(node.run_until([&] {
      return server.query("SELECT count(*) FROM pg_stat_activity WHERE pid = " + pid) == "0";
    })) << "it has read to the end of what was sent";
  }

  std::string rows(const std::string& table) const {
    return server.query("SELECT count(*) FROM " + table);
  }

  PostgresServer server;
};

TEST_F(PostgresDeadline, WhatTimedOutIsNotDoneAfterwards) {
  const auto node = make_node("r", base::Millis(300));
  ASSERT_TRUE(node->touch("ada").ok());
  const std::string before = server.query("SELECT t::text FROM rollcall_members AS t");
  PostgresOutageBoard board(node->link());
  send_to_a_hung_server(*node, [&](auto done) {
    node->store().touch(core::MemberId::parse("bob").value(), {}, done);
    node->store().leave(core::MemberId::parse("ada").value(), done);
    return 2U;
  });
  send_to_a_hung_server(*node, [&](auto done) {
    node->store().merge({{change("eve", false, seconds(5))}, std::nullopt}, done);
    return 1U;
  });
  send_to_a_hung_server(*node, [&](auto done) {
    node->store().merge({{}, seconds(3)}, done);
    return 1U;
  });
  send_to_a_hung_server(*node, [&](auto done) {
    node->store().reset(done);
    return 1U;
  });
  send_to_a_hung_server(*node, [&](auto done) {
    board.exchange("r", "here", core::OutageEntry{true, true}, done);
    return 1U;
  });
  EXPECT_EQ(server.query("SELECT string_agg(t::text, ' ') FROM rollcall_members AS t"), before);
  EXPECT_EQ(rows("rollcall_rosters"), "0");
  EXPECT_EQ(rows("rollcall_outages"), "0");
  EXPECT_TRUE(node->run_until([&] { return node->touch("bob").ok(); }));
}

TEST_F(PostgresDeadline, NorInATableOfSessions) {
  const auto node = make_node("s", base::Millis(300), "active_sessions");
  ASSERT_TRUE(node->touch("ada").ok());
  send_to_a_hung_server(*node, [&](auto done) {
    node->store().touch(core::MemberId::parse("bob").value(), {}, done);
    return 1U;
  });
  send_to_a_hung_server(*node, [&](auto done) {
    node->store().leave(core::MemberId::parse("ada").value(), done);
    return 1U;
  });
  send_to_a_hung_server(*node, [&](auto done) {
    node->store().reset(done);
    return 1U;
  });
  EXPECT_EQ(server.query("SELECT string_agg(session_id, ' ') FROM active_sessions"), "ada");
  EXPECT_EQ(rows("rollcall_rosters"), "0");
  EXPECT_TRUE(node->run_until([&] { return node->touch("bob").ok(); }));
}

// The role finds a clock of its own ahead of the server's.
TEST_F(PostgresDeadline, AClockThatIsSetStopsNobody) {
  server.query(
      "CREATE SCHEMA stepped; CREATE TABLE stepped.by (step interval); "
      "INSERT INTO stepped.by VALUES ('0'); "
      "CREATE FUNCTION stepped.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS "
      "'SELECT pg_catalog.clock_timestamp() + step FROM stepped.by'; "
      "ALTER ROLE rollcall SET search_path = stepped, pg_catalog, public");
  const auto node = make_node("r", seconds(5));
  EXPECT_TRUE(node->touch("ada").ok());
  for (const char* step : {"1 hour", "-1 hour", "-1 hour", "5 s", "0"}) {
    server.query(std::string("UPDATE stepped.by SET step = '") + step + "'");
    EXPECT_TRUE(node->touch("ada").ok()) << step;
    EXPECT_TRUE(node->leave("ada").ok()) << step;
  }
  EXPECT_EQ(node->link().counters().timeouts.get(), 0U);
  EXPECT_EQ(node->link().counters().connects.get(), 1U);
}

}  // namespace
}  // namespace rollcall::postgres

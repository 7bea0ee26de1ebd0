#include "adapters/postgres/migrations.hpp"
#include "adapters/postgres/roster_cleaner.hpp"
#include "support/postgres_node.hpp"
#include "support/postgres_server.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace rollcall::postgres {
namespace {

using support::PostgresNode;
using support::PostgresServer;

class PostgresCleaner : public testing::Test {
 protected:
  static const PostgresServer& server() {
    static const PostgresServer running;
    static const auto migrated = migrate(running.url());
    EXPECT_TRUE(migrated.ok()) << migrated.error().message;
    return running;
  }

  PostgresCleaner() {
    server().query(
        "DROP TABLE IF EXISTS active_sessions; CREATE TABLE active_sessions"
        " (session_id text PRIMARY KEY, last_activity timestamp NOT NULL);"
        "TRUNCATE rollcall_members, rollcall_outages");
  }

  static LinkOptions link_options() {
    LinkOptions link;
    link.url = server().url();
    link.timeout = std::chrono::seconds(5);
    return link;
  }

  static RosterCleanerOptions options() {
    RosterCleanerOptions cleaner;
    cleaner.every = base::Millis(40);
    cleaner.rosters = {{"short", std::chrono::minutes(1)}, {"long", std::chrono::hours(1)}};
    cleaner.sessions_table = "active_sessions";
    cleaner.sessions_ttl = std::chrono::minutes(15);
    return cleaner;
  }

  std::unique_ptr<RosterCleaner> make_cleaner(PostgresNode& in) {
    auto cleaner = std::make_unique<RosterCleaner>(options(), in.link(), in.context(), quiet);
    cleaner->start();
    return cleaner;
  }

  void insert(const std::string& roster, const std::string& member, const std::string& seen,
              const std::string& left = "") const {
    server().query("INSERT INTO rollcall_members VALUES ('" + roster + "', '" + member +
                   "', 'epoch', now() - interval '" + seen + "', " +
                   (left.empty() ? "null" : "now() - interval '" + left + "'") + ")");
  }

  // After this, at least one whole run has passed.
  bool passes_a_run(RosterCleaner& cleaner) {
    server().query("INSERT INTO rollcall_members VALUES ('short', 'sentinel', 'epoch', 'epoch')");
    const std::uint64_t before = cleaner.counters().cleaned.get();
    if (!node.run_until([&] { return cleaner.counters().cleaned.get() > before; })) return false;
    const std::uint64_t queries = node.link().counters().queries.get();
    return node.run_until([&] { return node.link().counters().queries.get() >= queries + 8; });
  }

  std::string members() const {
    return server().query("SELECT string_agg(member, ' ' ORDER BY member) FROM rollcall_members");
  }

  base::Logger quiet{2, base::LogLevel::off};
  PostgresNode node{link_options(), {"short", std::chrono::minutes(1)}};
};

TEST_F(PostgresCleaner, TakesWhatIsDeadForATtlAndAMargin) {
  insert("short", "live", "10 s");
  insert("short", "lately", "100 s");
  insert("short", "dead", "130 s");
  insert("short", "left_lately", "1 h", "100 s");
  insert("short", "left_long_ago", "1 h", "130 s");
  insert("long", "other", "130 s");
  insert("unknown", "unknown", "20 days");
  insert("unknown", "forgotten", "32 days");
  server().query(
      "INSERT INTO active_sessions VALUES ('s1', now() AT TIME ZONE 'UTC' - interval "
      "'959 s'), ('s2', now() AT TIME ZONE 'UTC' - interval '961 s')");
  server().query(
      "INSERT INTO rollcall_outages VALUES ('short', 'a', true, true, now()), ('short', "
      "'b', true, true, now() - interval '61 s')");
  const auto cleaner = make_cleaner(node);
  ASSERT_TRUE(passes_a_run(*cleaner));
  EXPECT_EQ(members(), "lately left_lately live other unknown");
  EXPECT_EQ(server().query("SELECT string_agg(session_id, ' ') FROM active_sessions"), "s1");
  EXPECT_EQ(server().query("SELECT string_agg(place, ' ') FROM rollcall_outages"), "a");
  EXPECT_EQ(cleaner->counters().clean_errors.get(), 0U);
}

TEST_F(PostgresCleaner, WritesNothingWhenNothingIsDead) {
  insert("short", "live", "10 s");
  const auto cleaner = make_cleaner(node);
  ASSERT_TRUE(passes_a_run(*cleaner));
  const std::string before = server().query("SELECT pg_current_wal_insert_lsn()");
  const std::uint64_t queries = node.link().counters().queries.get();
  ASSERT_TRUE(node.run_until([&] { return node.link().counters().queries.get() > queries + 30; }));
  EXPECT_EQ(server().query("SELECT pg_current_wal_insert_lsn()"), before);
}

TEST_F(PostgresCleaner, SeveralShareALotAndLeaveWhatIsHeld) {
  server().query(
      "INSERT INTO rollcall_members SELECT 'short', 'm' || i, 'epoch', now() - interval "
      "'1 day' FROM generate_series(1, 20000) AS i");
  const auto lock = node.link_answer({"SELECT pg_advisory_lock(1)", {}});
  ASSERT_TRUE(lock.ok());
  PostgresNode holder(link_options(), {"short", std::chrono::minutes(1)});
  bool held = true;
  holder.link().send(
      {"DO $$BEGIN PERFORM FROM rollcall_members WHERE member = 'm7777' FOR UPDATE; "
       "PERFORM pg_advisory_lock(1); END$$",
       {}},
      [&](const base::Result<Rows>&) { held = false; });
  ASSERT_TRUE(holder.run_until(
      [&] { return server().query("SELECT count(*) FROM pg_locks WHERE NOT granted") == "1"; }));
  PostgresNode other(link_options(), {"short", std::chrono::minutes(1)});
  const auto here = make_cleaner(node);
  const auto there = make_cleaner(other);
  ASSERT_TRUE(node.run_until([&] {
    other.pump();
    return server().query("SELECT count(*) FROM rollcall_members") == "1";
  }));
  EXPECT_EQ(members(), "m7777");
  EXPECT_GT(here->counters().cleaned.get(), 0U);
  EXPECT_GT(there->counters().cleaned.get(), 0U);
  ASSERT_TRUE(node.link_answer({"SELECT pg_advisory_unlock(1)", {}}).ok());
  ASSERT_TRUE(holder.run_until([&] { return !held; }));
  EXPECT_TRUE(node.run_until([&] {
    other.pump();
    return here->counters().cleaned.get() + there->counters().cleaned.get() == 20'000;
  }));
  EXPECT_EQ(members(), "");
  EXPECT_EQ(here->counters().clean_errors.get() + there->counters().clean_errors.get(), 0U);
}

TEST_F(PostgresCleaner, AnErrorIsCountedAndTriedAgain) {
  server().query("ALTER TABLE active_sessions RENAME TO away");
  insert("short", "dead", "130 s");
  const auto cleaner = make_cleaner(node);
  ASSERT_TRUE(node.run_until([&] { return cleaner->counters().clean_errors.get() >= 1; }));
  EXPECT_EQ(members(), "");
  server().query("ALTER TABLE away RENAME TO active_sessions");
  server().query("INSERT INTO active_sessions VALUES ('s', 'epoch')");
  EXPECT_TRUE(node.run_until(
      [&] { return server().query("SELECT count(*) FROM active_sessions") == "0"; }));
}

TEST_F(PostgresCleaner, ItsEndEndsItAtOnce) {
  insert("short", "dead", "130 s");
  ASSERT_TRUE(node.link_answer({"SELECT 1", {}}).ok());
  // Its lock keeps the look waiting.
  PostgresNode holder(link_options(), {"short", std::chrono::minutes(1)});
  ASSERT_TRUE(holder.link_answer({"BEGIN", {}}).ok());
  ASSERT_TRUE(
      holder.link_answer({"LOCK TABLE rollcall_members IN ACCESS EXCLUSIVE MODE", {}}).ok());
  auto cleaner = make_cleaner(node);
  ASSERT_TRUE(node.run_until([&] { return node.link().pending() > 0; }));
  cleaner.reset();
  ASSERT_TRUE(holder.link_answer({"ROLLBACK", {}}).ok());
  EXPECT_TRUE(node.run_until([&] { return node.link().pending() == 0; }));
  EXPECT_EQ(members(), "dead");
}

}  // namespace
}  // namespace rollcall::postgres

#include "adapters/postgres/retention_table.hpp"
#include "integration/retention_fixture.hpp"

#include <chrono>
#include <string>
#include <tuple>

#include <gtest/gtest.h>

namespace rollcall::postgres {
namespace {

using core::RetentionClause;

// A type, the zone of times without one, and a moment in UTC around which the rows lie: clocks
// change at some.
using Case = std::tuple<const char*, const char*, const char*>;

class RetentionSweep : public RetentionFixture, public testing::WithParamInterface<Case> {
 protected:
  static std::string type() { return std::get<0>(GetParam()); }
  static std::string zone() { return std::get<1>(GetParam()); }
  static std::string moment() { return std::get<2>(GetParam()); }

  // Rows around `moment`, many at the same time, whose owners, ends and lateness are anything.
  // `anonymous_after` and `idle_after` are such that it is the limit, or about.
  core::RetentionPolicy make_rows() const {
    core::RetentionPolicy made = make_table(type());
    made.time_zone = zone();
    sql("ALTER DATABASE " + sql("SELECT current_database()") +
        " SET TimeZone = 'Pacific/Kiritimati'; ALTER TABLE s ADD COLUMN last_seen " + type());
    sql("SELECT setseed(0.25);"
        "CREATE FUNCTION some_time() RETURNS " +
        type() +
        " LANGUAGE sql VOLATILE AS $$"
        "  SELECT CASE floor(random() * 12)::int"
        "    WHEN 0 THEN NULL WHEN 1 THEN 'infinity' WHEN 2 THEN '-infinity'"
        "    WHEN 3 THEN now() - interval '10 years' WHEN 4 THEN now() + interval '1 year'"
        "    ELSE " +
        local(moment_sql()) +
        "      + floor(random() * 300 - 150) * interval '1 minute' END $$;"
        "INSERT INTO s (user_id, created_at, expires_at, last_seen, note)"
        " SELECT CASE WHEN random() < 0.6 THEN NULL ELSE 'u' END, some_time(),"
        "   CASE WHEN random() < 0.8 THEN 'infinity' ELSE some_time() END, some_time(),"
        "   repeat('x', (random() * 300)::int)"
        " FROM generate_series(1, 3000)");
    made.last_seen = "last_seen";
    made.anonymous_after = age_of(moment_sql());
    made.idle_after = age_of(moment_sql()) + std::chrono::minutes(37);
    // The oracle knows nothing of AT TIME ZONE: times without zone are read in the session's.
    sql("CREATE TABLE twin AS SELECT * FROM s");
    return made;
  }

  static std::string moment_sql() { return "'" + moment() + "+00'::timestamptz"; }
  static std::string local(const std::string& time) {
    return type() == "timestamptz" ? time : time + " AT TIME ZONE '" + zone() + "'";
  }

  base::Millis age_of(const std::string& time) const {
    return base::Millis(
        std::stoll(sql("SELECT floor(extract(epoch FROM now() - " + time + ") * 1000)::int8")));
  }

  // Of rows that differ from what should be left.
  std::string differences(const core::RetentionPolicy& policy) const {
    const auto limit = [](base::Millis age) {
      return " < now() - interval '" + std::to_string(age.count()) + " milliseconds'";
    };
    return sql("SET TimeZone = '" + zone() +
               "'; WITH expected AS (SELECT id FROM twin WHERE NOT coalesce("
               "expires_at::timestamptz < now(), false) AND NOT coalesce(user_id IS NULL AND "
               "created_at::timestamptz" +
               limit(policy.anonymous_after) +
               ", false) AND NOT coalesce("
               "last_seen::timestamptz" +
               limit(policy.idle_after) +
               ", false))"
               "SELECT count(*) FROM expected FULL JOIN s USING (id) WHERE expected IS NULL OR s "
               "IS NULL");
  }

  static std::uint64_t sweep_clauses(ports::RetentionTable& table) {
    std::uint64_t deleted = 0;
    for (const RetentionClause clause :
         {RetentionClause::expired, RetentionClause::anonymous, RetentionClause::idle}) {
      deleted += sweep_clause(table, clause, 60);
      EXPECT_EQ(table.count_due(clause, 5).value(), 0U);
    }
    return deleted;
  }

  std::uint64_t gone() const {
    return std::stoull(sql("SELECT (SELECT count(*) FROM twin) - (SELECT count(*) FROM s)"));
  }
};

TEST_P(RetentionSweep, TakesExactlyTheRowsThatAreDue) {
  const core::RetentionPolicy policy = make_rows();
  PostgresRetentionTable dry(policy, SweepMode::dry, {});
  const auto facts = dry.look();
  ASSERT_TRUE(facts.ok()) << facts.error().message;
  const std::uint64_t due = facts.value().due_rows;
  EXPECT_GT(due, 500U);
  EXPECT_EQ(sweep_all(dry, 11).deleted, due);
  EXPECT_EQ(sweep_clauses(dry), due);
  EXPECT_EQ(gone(), 0U);
  PostgresRetentionTable table(policy, SweepMode::real, {});
  const auto swept = sweep_all(table, 7);
  EXPECT_EQ(swept.deleted, due);
  EXPECT_EQ(swept.locked + swept.refused, 0U);
  EXPECT_EQ(gone(), due);
  EXPECT_EQ(differences(policy), "0");
  EXPECT_EQ(sweep_all(table).deleted, 0U);
  sql("TRUNCATE s; INSERT INTO s OVERRIDING SYSTEM VALUE SELECT * FROM twin;"
      "CREATE INDEX ON s (expires_at DESC); CREATE INDEX ON s (last_seen);"
      "CREATE INDEX ON s (created_at) WHERE user_id IS NULL");
  EXPECT_EQ(sweep_clauses(table), due);
  EXPECT_EQ(differences(policy), "0");
}

INSTANTIATE_TEST_SUITE_P(
    Of, RetentionSweep,
    testing::Values(Case{"timestamptz", "UTC", "2026-03-01 12:00"},
                    Case{"timestamp", "UTC", "2026-03-01 12:00"},
                    Case{"timestamp(3)", "America/Caracas", "2026-03-01 12:00"},
                    Case{"timestamp", "Europe/Berlin", "2025-10-26 00:30"},  // set back at 01:00
                    Case{"timestamp", "Europe/Berlin", "2025-10-26 01:15"},
                    Case{"timestamp", "Europe/Berlin", "2025-10-26 02:10"},
                    Case{"timestamp", "Europe/Berlin", "2026-03-29 00:40"},  // forward at 01:00
                    Case{"timestamp", "Europe/Berlin", "2026-03-29 01:20"},
                    Case{"timestamp(0)", "Australia/Lord_Howe", "2026-04-04 15:10"}));

class RetentionBoundary : public RetentionFixture {};

// Rows that are dated within the very transaction that asks: they are due by a microsecond, or
// not.
TEST_F(RetentionBoundary, IsNotDue) {
  const core::RetentionPolicy policy = make_table("timestamptz");
  WorkSession session(url(), "test", {});
  ASSERT_TRUE(session.open().ok());
  const auto read = read_policy(session, policy);
  ASSERT_TRUE(read.ok()) << read.error().message;
  const auto due =
      session.run({"BEGIN; INSERT INTO s (user_id, created_at, expires_at) VALUES"
                   " (null, now() - interval '24 hours', now()),"
                   " ('u', now() - interval '24 hours 1 microsecond', now()),"
                   " (null, now() - interval '24 hours 1 microsecond', null),"
                   " (null, null, now() - interval '1 microsecond'), ('u', null, null);"
                   "SELECT string_agg(id::text, ' ' ORDER BY id) FROM s AS t WHERE " +
                       read.value().due,
                   {}},
                  kPatience);
  ASSERT_TRUE(due.ok()) << due.error().message;
  EXPECT_EQ(due.value().text(0, 0), "3 4");
}

}  // namespace
}  // namespace rollcall::postgres

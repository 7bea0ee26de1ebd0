#include "adapters/postgres/retention_table.hpp"
#include "integration/retention_fixture.hpp"
#include "support/soon.hpp"

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace rollcall::postgres {
namespace {

using core::RetentionClause;
using support::soon;

class RetentionLook : public RetentionFixture {
 protected:
  static core::RetentionFacts facts_of(const core::RetentionPolicy& policy) {
    PostgresRetentionTable table(policy, SweepMode::real, {});
    auto facts = table.look();
    EXPECT_TRUE(facts.ok()) << facts.error().message;
    return facts.ok() ? std::move(facts).value() : core::RetentionFacts{};
  }

  // Two rows a block, in more blocks than are read whole; one in four is due.
  core::RetentionPolicy make_large() const {
    core::RetentionPolicy policy = make_table();
    sql("ALTER TABLE s ALTER note SET STORAGE PLAIN; INSERT INTO s (created_at, expires_at, note)"
        " SELECT now() - interval '1 hour', now() + CASE WHEN n % 4 = 0 THEN interval '-3 days'"
        "   ELSE interval '3 days' END, repeat('x', 3500) FROM generate_series(1, 6000) AS n");
    return policy;
  }

  std::string reads(const std::string& column) const {
    return sql("SELECT " + column + " FROM pg_stat_user_tables WHERE relname = 's'");
  }
};

TEST_F(RetentionLook, AnEmptyTableHasNothing) {
  const core::RetentionFacts facts = facts_of(make_table());
  EXPECT_EQ(facts.table, "public.s");
  EXPECT_EQ(facts.blocks, 0U);
  EXPECT_EQ(facts.rows + facts.due_rows, 0U);
  EXPECT_TRUE(facts.is_counted);
  EXPECT_FALSE(facts.oldest);
  ASSERT_EQ(facts.clauses.size(), 2U);
  EXPECT_EQ(facts.clauses[0].index, "");
}

TEST_F(RetentionLook, ASmallTableIsCounted) {
  const core::RetentionPolicy policy = make_table();
  insert_due(100);
  sql("INSERT INTO s (created_at, expires_at) VALUES ('-infinity', 'infinity'), (null, null),"
      " (now(), now() - interval '90 days'), (now(), 'infinity')");
  const core::RetentionFacts facts = facts_of(policy);
  EXPECT_EQ(facts.blocks, 4U);
  EXPECT_EQ(facts.block_bytes, 8192U);
  EXPECT_EQ(facts.rows, 104U);
  EXPECT_EQ(facts.due_rows, 102U);
  EXPECT_TRUE(facts.is_counted);
  EXPECT_NEAR(static_cast<double>(facts.row_bytes), 250, 20);
  EXPECT_EQ(facts.index_bytes, std::stoull(sql("SELECT pg_indexes_size('s')")));
  ASSERT_TRUE(facts.oldest);
  EXPECT_GE(*facts.oldest, std::chrono::days(90));
  EXPECT_LT(*facts.oldest, std::chrono::days(90) + std::chrono::hours(1));
}

TEST_F(RetentionLook, ALargeTableIsSampled) {
  const core::RetentionFacts facts = facts_of(make_large());
  EXPECT_GE(facts.blocks, 3000U);
  EXPECT_FALSE(facts.is_counted);
  EXPECT_NEAR(static_cast<double>(facts.rows), 6000, 1000);
  EXPECT_NEAR(static_cast<double>(facts.due_rows), 1500, 400);
  EXPECT_NEAR(static_cast<double>(facts.row_bytes), 3560, 40);
}

TEST_F(RetentionLook, FewDueRowsAmongManyAreFoundByTheirIndexes) {
  const core::RetentionPolicy policy = make_large();
  sql("UPDATE s SET expires_at = now() + interval '1 day';"
      "UPDATE s SET expires_at = now() - interval '1 day' WHERE id <= 3;"
      "UPDATE s SET created_at = now() - interval '25 hours' WHERE id BETWEEN 3 AND 4;"
      "UPDATE s SET created_at = now() - interval '25 hours', user_id = 'u' WHERE id = 5;"
      "CREATE INDEX by_end ON s (expires_at); CREATE INDEX by_start ON s (created_at)");
  const core::RetentionFacts facts = facts_of(policy);
  EXPECT_EQ(facts.due_rows, 4U);
  ASSERT_EQ(facts.clauses.size(), 2U);
  EXPECT_EQ(facts.clauses[0].index, "by_end");
  EXPECT_EQ(facts.clauses[0].in_range, 3U);
  EXPECT_EQ(facts.clauses[1].index, "by_start");
  EXPECT_EQ(facts.clauses[1].in_range, 3U) << "the one of a user is read, too";
  EXPECT_GE(*facts.oldest, std::chrono::hours(25));
}

TEST_F(RetentionLook, CountsInRangeOnlyToTheLimit) {
  const core::RetentionPolicy policy = make_table();
  sql("INSERT INTO s (expires_at) SELECT '2020-01-01' FROM generate_series(1, 1500);"
      "CREATE INDEX ON s (expires_at)");
  const core::RetentionFacts facts = facts_of(policy);
  EXPECT_EQ(facts.clauses[0].in_range, core::trickle_limit(facts.blocks) + 1);
}

TEST_F(RetentionLook, TakesAnIndexThatLeadsToTheRowsAndNoOther) {
  const core::RetentionPolicy policy = make_table();
  sql("ALTER TABLE s ADD COLUMN \"User\" text; INSERT INTO s (created_at) VALUES ('2020-01-01')");
  const std::vector<std::pair<std::string, bool>> indexes{
      {"(created_at)", true},
      {"(created_at DESC NULLS LAST)", true},
      {"(created_at, user_id)", true},
      {"(created_at) INCLUDE (expires_at)", true},
      {"(created_at) WHERE user_id IS NULL", true},
      {"(user_id, created_at)", false},
      {"((created_at AT TIME ZONE 'UTC'))", false},
      {"USING hash (created_at)", false},
      {"USING brin (created_at)", false},
      {"(created_at) WHERE note IS NULL", false},
      {"(created_at) WHERE \"User\" IS NULL", false},
      {"(created_at) WHERE user_id IS NOT NULL", false},
      {"(expires_at) WHERE user_id IS NULL", false}};
  for (const auto& [definition, is_taken] : indexes) {
    sql("CREATE INDEX i ON s " + definition);
    const core::RetentionFacts facts = facts_of(policy);
    EXPECT_EQ(facts.clauses[0].index, "") << definition;
    EXPECT_EQ(facts.clauses[1].index, is_taken ? "i" : "") << definition;
    EXPECT_EQ(facts.clauses[1].in_range, is_taken ? 1U : 0U) << definition;
    if (is_taken) {
      sql("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'i'::regclass");
      EXPECT_EQ(facts_of(policy).clauses[1].index, "") << definition;
    }
    sql("DROP INDEX i");
  }
  sql("CREATE INDEX all_rows ON s (created_at);"
      "CREATE INDEX of_nobody ON s (created_at) WHERE user_id IS NULL");
  EXPECT_EQ(facts_of(policy).clauses[1].index, "of_nobody");
}

TEST_F(RetentionLook, ATrickleReadsNoRowThatItDoesNotTake) {
  const core::RetentionPolicy policy = make_large();
  sql("CREATE INDEX ON s (expires_at)");
  const std::string scans = reads("seq_scan");
  const std::string fetched = reads("idx_tup_fetch");
  {
    PostgresRetentionTable table(policy, SweepMode::real, {});
    EXPECT_EQ(sweep_clause(table, RetentionClause::expired, 100), 1500U);
    EXPECT_EQ(table.count_due(RetentionClause::expired, 10).value(), 0U);
  }
  EXPECT_TRUE(soon([&] { return reads("n_tup_del") == "1500"; }));
  EXPECT_EQ(reads("seq_scan"), scans);
  EXPECT_LE(std::stoull(reads("idx_tup_fetch")) - std::stoull(fetched), 2U * 1500U);
}

TEST_F(RetentionLook, APassReadsRangesWhateverThePlannerWasTold) {
  const core::RetentionPolicy policy = make_table();
  insert_due(1000);
  sql("ALTER DATABASE " + sql("SELECT current_database()") + " SET enable_tidscan = off");
  const std::string scans = reads("seq_scan");
  {
    PostgresRetentionTable table(policy, SweepMode::real, {});
    const std::string blocks = sql("SELECT pg_relation_size('s') / 8192");
    EXPECT_EQ(sweep_blocks(table, std::stoul(blocks), 2).deleted, 1000U);
  }
  EXPECT_TRUE(soon([&] { return reads("n_tup_del") == "1000"; }));
  EXPECT_EQ(reads("seq_scan"), scans);
}

TEST_F(RetentionLook, LoadTellsWhoWaitsForTheTable) {
  const core::RetentionPolicy policy = make_table();
  insert_due(10);
  sql("CREATE TABLE elsewhere AS SELECT 1 AS id");
  PostgresRetentionTable table(policy, SweepMode::real, {});
  const auto idle = table.load();
  ASSERT_TRUE(idle.ok()) << idle.error().message;
  EXPECT_EQ(idle.value().waiting, 0U);
  EXPECT_FALSE(idle.value().is_vacuumed);
  EXPECT_EQ(idle.value().replica_lag, base::Millis(0));
  const auto holder = open_session();
  run(*holder,
      "BEGIN; SELECT FROM s WHERE id = 1 FOR UPDATE; UPDATE elsewhere SET id = 2;"
      "LOCK TABLE s IN SHARE UPDATE EXCLUSIVE MODE");
  std::stop_source stop;
  std::vector<std::jthread> waiters;
  for (const char* statement :
       {"UPDATE s SET note = 'a' WHERE id = 1", "UPDATE s SET note = 'b' WHERE id = 1",
        "LOCK TABLE s IN SHARE MODE", "UPDATE elsewhere SET id = 3"}) {
    waiters.emplace_back([&, statement] {
      WorkSession session(url(), "waiter", stop.get_token());
      EXPECT_TRUE(session.open().ok());
      EXPECT_FALSE(session.run({std::string("BEGIN; ") + statement, {}}, kPatience).ok());
    });
  }
  EXPECT_TRUE(soon([this] {
    return sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") == "4";
  }));
  const auto busy = table.load();
  ASSERT_TRUE(busy.ok()) << busy.error().message;
  EXPECT_EQ(busy.value().waiting, 3U);
  EXPECT_TRUE(busy.value().is_vacuumed);
  stop.request_stop();
}

}  // namespace
}  // namespace rollcall::postgres

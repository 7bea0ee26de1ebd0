#include "adapters/postgres/retention_table.hpp"
#include "integration/retention_fixture.hpp"
#include "support/soon.hpp"

#include <memory>
#include <stop_token>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace rollcall::postgres {
namespace {

using support::soon;

// A sweep that is held at row 1, and what then happens to its connection.
class RetentionLoss : public RetentionFixture {
 protected:
  RetentionLoss() {
    policy_ = make_table();
    insert_due(500);
    make_row_1_wait();
    other_ = open_session();
    run(*other_, "SELECT pg_advisory_lock(1)");
  }

  // The answer of a sweep that waits when `event` happens.
  template <typename Event>
  base::Result<ports::RetentionTable::Sweep> sweep_and(PostgresRetentionTable& table,
                                                       Event event) const {
    std::jthread actor([&] {
      EXPECT_TRUE(soon([this] { return someone_waits(); }));
      event();
    });
    return table.sweep_blocks(0, 256);
  }

  std::string sweeper() const {
    return sql(
        "SELECT pid FROM pg_stat_activity WHERE application_name = "
        "'rollcall retention: sessions'");
  }

  core::RetentionPolicy policy_;
  std::unique_ptr<WorkSession> other_;
};

TEST_F(RetentionLoss, ACutIsAnErrorAndTheNextCallConnectsAgain) {
  PostgresRetentionTable table(policy_, SweepMode::real, {});
  const auto cut =
      sweep_and(table, [this] { sql("SELECT pg_terminate_backend(" + sweeper() + ")"); });
  ASSERT_FALSE(cut.ok());
  EXPECT_EQ(cut.error().kind, base::Errc::unavailable);
  EXPECT_EQ(sql("SELECT count(*) FROM s"), "500");
  run(*other_, "SELECT pg_advisory_unlock(1)");
  EXPECT_EQ(sweep_all(table).deleted, 500U);
}

TEST_F(RetentionLoss, ACancelledStatementIsATimeout) {
  PostgresRetentionTable table(policy_, SweepMode::real, {});
  const auto hit =
      sweep_and(table, [this] { sql("SELECT pg_cancel_backend(" + sweeper() + ")"); });
  ASSERT_FALSE(hit.ok());
  EXPECT_EQ(hit.error().kind, base::Errc::timeout);
  run(*other_, "SELECT pg_advisory_unlock(1)");
  EXPECT_EQ(sweep_all(table).deleted, 500U);
}

TEST_F(RetentionLoss, AStopEndsTheSweepUnderWay) {
  std::stop_source stop;
  PostgresRetentionTable table(policy_, SweepMode::real, stop.get_token());
  const auto stopped = sweep_and(table, [&] { stop.request_stop(); });
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().code, ports::kStopped);
  EXPECT_FALSE(someone_waits());
  EXPECT_EQ(table.look().error().code, ports::kStopped);
  EXPECT_EQ(sql("SELECT count(*) FROM s"), "500");
}

TEST_F(RetentionLoss, ATableThatIsAlteredIsExplained) {
  PostgresRetentionTable table(policy_, SweepMode::real, {});
  ASSERT_TRUE(table.look().ok());
  sql("ALTER TABLE s RENAME created_at TO \"createdAt\"");
  const auto altered = table.sweep_blocks(0, 256);
  ASSERT_FALSE(altered.ok());
  EXPECT_EQ(altered.error().kind, base::Errc::invalid_argument);
  EXPECT_EQ(altered.error().code, "retention_table");
  EXPECT_NE(altered.error().message.find("did you mean createdAt?"), std::string::npos)
      << altered.error().message;
  sql("DROP TABLE s");
  const auto dropped = table.sweep_oldest(core::RetentionClause::anonymous, "", 10);
  ASSERT_FALSE(dropped.ok());
  EXPECT_NE(dropped.error().message.find("there is no table s"), std::string::npos);
}

TEST_F(RetentionLoss, ARoleThatMayDoNothingElseAndIsInAHurryCanDoTheWork) {
  run(*other_, "SELECT pg_advisory_unlock(1)");
  sql("CREATE ROLE broom LOGIN PASSWORD 'p'; ALTER ROLE broom SET statement_timeout = 1;"
      "ALTER ROLE broom SET lock_timeout = 1; ALTER ROLE broom SET enable_tidscan = off;"
      "ALTER ROLE broom SET idle_in_transaction_session_timeout = 1;"
      "GRANT SELECT, DELETE, UPDATE (note) ON s TO broom;"
      "INSERT INTO s (created_at) SELECT '2020-01-01' FROM generate_series(1, 50000)");
  policy_.url = server().url_as("broom", "p", sql("SELECT current_database()"));
  PostgresRetentionTable table(policy_, SweepMode::real, {});
  const auto facts = table.look();
  ASSERT_TRUE(facts.ok()) << facts.error().message;
  EXPECT_EQ(facts.value().due_rows, 50'500U);
  EXPECT_TRUE(table.load().ok());
  EXPECT_EQ(sweep_all(table).deleted, 50'500U);
  sql("DROP OWNED BY broom; DROP ROLE broom");
}

}  // namespace
}  // namespace rollcall::postgres

#include "adapters/postgres/policy_sql.hpp"
#include "adapters/postgres/retention_table.hpp"
#include "integration/retention_fixture.hpp"
#include "support/soon.hpp"

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace rollcall::postgres {
namespace {

using core::RetentionClause;
using support::soon;

constexpr RetentionClause kAnonymous = RetentionClause::anonymous;

// A table of 1,000 rows that are all due, and another session, which holds some of them.
class RetentionLocks : public RetentionFixture {
 protected:
  RetentionLocks() {
    policy_ = make_table();
    policy_.expires_at.clear();
    insert_due(1000);
    sql("CREATE INDEX ON s (created_at)");
    other_ = open_session();
    table_ = std::make_unique<PostgresRetentionTable>(policy_, SweepMode::real, std::stop_token());
  }

  std::string ids() const { return sql("SELECT string_agg(id::text, ' ' ORDER BY id) FROM s"); }

  core::RetentionPolicy policy_;
  std::unique_ptr<WorkSession> other_;
  std::unique_ptr<PostgresRetentionTable> table_;
};

TEST_F(RetentionLocks, ALoginThatIsUnderWayKeepsItsRow) {
  run(*other_, "BEGIN; UPDATE s SET user_id = 'ada' WHERE id = 500");
  const auto swept = sweep_all(*table_);
  EXPECT_EQ(swept.deleted, 999U);
  EXPECT_EQ(swept.locked, 1U);
  run(*other_, "COMMIT");
  const auto again = sweep_all(*table_);
  EXPECT_EQ(again.deleted + again.locked, 0U);
  EXPECT_EQ(ids(), "500");
}

TEST_F(RetentionLocks, ALoginThatIsUnderWayKeepsItsRowFromTheIndex) {
  run(*other_, "BEGIN; UPDATE s SET user_id = 'ada' WHERE id = 500");
  EXPECT_EQ(sweep_clause(*table_, kAnonymous, 64), 999U);
  EXPECT_EQ(table_->count_due(kAnonymous, 10).value(), 1U);
  run(*other_, "COMMIT");
  EXPECT_EQ(sweep_clause(*table_, kAnonymous, 64), 0U);
  EXPECT_EQ(table_->count_due(kAnonymous, 10).value(), 0U);
  EXPECT_EQ(ids(), "500");
}

// The sweep has seen row 2 as due, and then waits at row 1 while its owner logs in.
TEST_F(RetentionLocks, ALoginAfterTheSweepHasLookedKeepsItsRow) {
  make_row_1_wait();
  run(*other_, "SELECT pg_advisory_lock(1)");
  std::uint64_t deleted = 0;
  std::jthread sweeper([&] { deleted = sweep_all(*table_).deleted; });
  EXPECT_TRUE(soon([this] { return someone_waits(); }));
  sql("UPDATE s SET user_id = 'ada' WHERE id = 2; UPDATE s SET note = 'used' WHERE id = 3");
  run(*other_, "SELECT pg_advisory_unlock(1)");
  sweeper.join();
  EXPECT_EQ(ids(), "2");
  EXPECT_EQ(deleted, 999U) << "row 3 was changed, and is due all the same";
}

TEST_F(RetentionLocks, ARowThatIsReleasedGoesLater) {
  run(*other_, "BEGIN; SELECT FROM s WHERE id <= 20 FOR KEY SHARE");
  EXPECT_EQ(sweep_all(*table_, 3).locked, 20U);
  EXPECT_EQ(sweep_clause(*table_, kAnonymous, 5), 0U);
  run(*other_, "UPDATE s SET note = 'elsewhere' WHERE id <= 10; COMMIT");
  EXPECT_EQ(sweep_all(*table_).deleted, 20U);
  EXPECT_EQ(ids(), "");
}

TEST_F(RetentionLocks, ATableThatIsLockedIsATimeout) {
  run(*other_, "BEGIN; LOCK TABLE s IN SHARE MODE");
  const auto by_blocks = table_->sweep_blocks(0, 256);
  ASSERT_FALSE(by_blocks.ok());
  EXPECT_EQ(by_blocks.error().kind, base::Errc::timeout);
  const auto by_index = table_->sweep_oldest(kAnonymous, "", 10);
  ASSERT_FALSE(by_index.ok());
  EXPECT_EQ(by_index.error().kind, base::Errc::timeout);
  run(*other_, "COMMIT");
  EXPECT_EQ(sweep_all(*table_).deleted, 1000U);
}

TEST_F(RetentionLocks, AnOldSnapshotKeepsNothing) {
  run(*other_, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM s");
  EXPECT_EQ(sweep_clause(*table_, kAnonymous, 100), 1000U);
  insert_due(1000);
  EXPECT_EQ(sweep_all(*table_, 2).deleted, 1000U);
  EXPECT_EQ(ids(), "");
  EXPECT_EQ(run(*other_, "SELECT count(*) FROM s"), "1000");
}

TEST_F(RetentionLocks, TiesOfAnyNumberArePassed) {
  sql("UPDATE s SET created_at = now() - interval '2 days'");
  run(*other_, "BEGIN; SELECT FROM s WHERE id % 3 = 0 FOR UPDATE");
  const auto reader = open_session();
  run(*reader, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM s");
  EXPECT_EQ(sweep_clause(*table_, kAnonymous, 50), 667U);
  run(*other_, "COMMIT");
  EXPECT_EQ(sweep_clause(*table_, kAnonymous, 50), 333U);
}

TEST_F(RetentionLocks, ARebuildKeepsRunsAway) {
  const auto read = read_policy(*other_, policy_);
  ASSERT_TRUE(read.ok()) << read.error().message;
  ASSERT_TRUE(claim_alone(*other_, read.value()).value());
  for (const auto& error : {table_->look().error(), table_->sweep_blocks(0, 1).error()}) {
    EXPECT_EQ(error.kind, base::Errc::forbidden);
    EXPECT_EQ(error.code, "rebuilding");
  }
  other_->close();
  EXPECT_TRUE(soon([this] { return table_->look().ok(); }));
  const auto next = open_session();
  EXPECT_FALSE(claim_alone(*next, read.value()).value());
}

// Each thread is an instance of its own, and goes round until it finds nothing.
class RetentionTogether : public RetentionLocks, public testing::WithParamInterface<unsigned> {
 protected:
  template <typename Round>
  std::uint64_t sweep_together(Round round) {
    std::vector<std::uint64_t> deleted(GetParam());
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < GetParam(); ++i) {
      threads.emplace_back([&, i] {
        PostgresRetentionTable own(policy_, SweepMode::real, {});
        EXPECT_TRUE(soon([&] {
          deleted[i] += round(own, i);
          return own.count_due(kAnonymous, 1).value() == 0;
        }));
      });
    }
    threads.clear();
    std::uint64_t sum = 0;
    for (const std::uint64_t count : deleted) sum += count;
    return sum;
  }
};

TEST_P(RetentionTogether, InstancesTakeEachRowOnce) {
  insert_due(7000);
  const std::uint64_t by_blocks = sweep_together(
      [](ports::RetentionTable& table, unsigned i) { return sweep_all(table, 3 + i).deleted; });
  EXPECT_EQ(by_blocks, 8000U);
  insert_due(4000);
  const std::uint64_t by_index = sweep_together([](ports::RetentionTable& table, unsigned i) {
    return sweep_clause(table, kAnonymous, 20 + i);
  });
  EXPECT_EQ(by_index, 4000U);
  EXPECT_EQ(ids(), "");
  EXPECT_EQ(server().log().find("deadlock detected"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Of, RetentionTogether, testing::Values(2U, 4U));

}  // namespace
}  // namespace rollcall::postgres

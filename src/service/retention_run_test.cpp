#include "service/retention_run.hpp"

#include "service/listed_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rollcall::service {
namespace {

using base::Millis;
using core::RetentionClause;
using core::RetentionWay;
using ::testing::HasSubstr;
using Outcome = RetentionReport::Outcome;

const base::Error kCut{base::Errc::unavailable, "postgres_unavailable", "the link was cut"};
const base::Error kLate{base::Errc::timeout, "postgres_timeout", "too late"};

class RetentionRunTest : public ::testing::Test {
 protected:
  RetentionRunTest() {
    policy_.name = "sessions";
    policy_.expires_at = "expires_at";
    table_.facts.row_bytes = 100;
  }

  void fill(std::uint64_t blocks, std::uint64_t due_a_block) {
    table_.due.assign(blocks, due_a_block);
    table_.facts.blocks = blocks;
    table_.facts.rows = table_.facts.due_rows = blocks * due_a_block;
    table_.facts.clauses = {{RetentionClause::expired, "", 0}};
  }

  void fill_index(std::uint64_t due) {
    fill(1000, 0);
    table_.due_by_index = due;
    table_.facts.due_rows = due;
    table_.facts.clauses = {{RetentionClause::expired, "by_expiry", due}};
  }

  RetentionReport run(std::uint32_t seed = 0) {
    return RetentionRun(policy_, table_, clock_,
                        {[this](Millis time) { return rest(time); },
                         [this](const RetentionProgress& p) { told_.push_back(p); }},
                        seed)
        .run();
  }

  bool rest(Millis time) {
    clock_.advance(time);
    rested_ += time;
    on_rest_(time);
    return !told_to_stop_;
  }

  base::ManualClock clock_{base::WallTime(Millis(1'000'000))};
  core::RetentionPolicy policy_;
  ListedTable table_{clock_};
  std::vector<RetentionProgress> told_;
  Millis rested_{0};
  bool told_to_stop_ = false;
  std::function<void(Millis)> on_rest_ = [](Millis) {};
};

TEST_F(RetentionRunTest, NothingDueIsQuietSuccess) {
  const RetentionReport report = run();
  EXPECT_EQ(report.outcome, Outcome::done);
  EXPECT_EQ(report.plan.way, RetentionWay::nothing);
  EXPECT_TRUE(table_.swept.empty());
}

TEST_F(RetentionRunTest, APassSweepsEveryBlockOnceFromWhereItBegins) {
  fill(5000, 3);
  const RetentionReport report = run(4321);
  EXPECT_EQ(report.outcome, Outcome::done);
  EXPECT_EQ(report.deleted, 15'000U);
  EXPECT_EQ(report.deleted_bytes, 1'500'000U);
  EXPECT_EQ(table_.left(), 0U);
  EXPECT_EQ(table_.swept.front().first, 4321U);
  EXPECT_EQ(table_.swept.back().second, 4321U);
  std::uint64_t blocks = 0;
  for (const auto& [first, last] : table_.swept) blocks += last - first;
  EXPECT_EQ(blocks, 5000U);
}

TEST_F(RetentionRunTest, TellsHowFarItIs) {
  fill(100'000, 1);
  table_.a_call = Millis(60);
  run();
  EXPECT_EQ(told_.front().deleted, 0U);
  EXPECT_EQ(told_.front().time_left, std::nullopt);
  const RetentionProgress& half = told_[told_.size() / 2];
  EXPECT_EQ(half.deleted, half.blocks_done);
  EXPECT_EQ(half.blocks, 100'000U);
  const auto share = static_cast<double>(half.blocks) / static_cast<double>(half.blocks_done);
  const double left = static_cast<double>(half.elapsed.count()) * (share - 1);
  ASSERT_TRUE(half.time_left);
  EXPECT_NEAR(static_cast<double>(half.time_left->count()), left, 2);
  EXPECT_EQ(told_.back().time_left, Millis(0));
}

TEST_F(RetentionRunTest, LockedRowsAreTakenLater) {
  fill(5000, 2);
  table_.locked = {{7, 1}, {4000, 2}};
  on_rest_ = [this](Millis time) {
    if (time == RetentionRun::kLaterRest) table_.locked.clear();
  };
  const RetentionReport report = run();
  EXPECT_EQ(report.deleted, 10'000U);
  EXPECT_EQ(report.locked, 0U);
  EXPECT_EQ(table_.left(), 0U);
}

TEST_F(RetentionRunTest, LockedRowsInManyRangesAreTakenLaterToo) {
  fill(20'000, 1);
  for (std::uint64_t block = 0; block < 20'000; block += 2) table_.locked[block] = 1;
  policy_.batch_target = Millis(1);
  on_rest_ = [this](Millis time) {
    if (time == RetentionRun::kLaterRest) table_.locked.clear();
  };
  EXPECT_EQ(run(77).locked, 0U);
  EXPECT_EQ(table_.left(), 0U);
}

TEST_F(RetentionRunTest, RowsThatStayLockedAreReportedOnce) {
  fill(5000, 2);
  table_.locked = {{7, 1}, {4000, 2}};
  const RetentionReport report = run();
  EXPECT_EQ(report.outcome, Outcome::done);
  EXPECT_EQ(report.deleted, 9'997U);
  EXPECT_EQ(report.locked, 3U);
}

TEST_F(RetentionRunTest, ACutIsTriedAgainAndNoBlockIsLost) {
  fill(5000, 1);
  table_.errors = {{base::Errc::internal, "", ""}, kCut, kLate, kCut};
  const RetentionReport report = run();
  EXPECT_EQ(report.outcome, Outcome::done);
  EXPECT_EQ(report.deleted, 5000U);
  EXPECT_GT(rested_, Millis(600));
}

TEST_F(RetentionRunTest, GivesUpWhenItFailsTooOftenInARow) {
  fill(5000, 1);
  table_.errors.assign(RetentionRun::kMaxTries, kCut);
  RetentionReport report = run();
  ASSERT_EQ(report.outcome, Outcome::failed);
  EXPECT_EQ(report.error->message, "the link was cut");
  table_.errors.assign(RetentionRun::kMaxTries - 1, kCut);
  EXPECT_EQ(run().outcome, Outcome::done);
}

TEST_F(RetentionRunTest, DoesNotTryAgainWhatIsOfNoUse) {
  fill(5000, 1);
  table_.errors = {{base::Errc::invalid_argument, "retention_table", "no such column"}};
  const RetentionReport report = run();
  EXPECT_EQ(report.outcome, Outcome::failed);
  EXPECT_EQ(table_.looks, 1U);
}

TEST_F(RetentionRunTest, StopsBetweenBatchesAndInThem) {
  fill(5000, 1);
  on_rest_ = [this](Millis) { told_to_stop_ = table_.swept.size() == 3; };
  RetentionReport report = run();
  EXPECT_EQ(report.outcome, Outcome::stopped);
  EXPECT_EQ(table_.swept.size(), 3U);
  EXPECT_EQ(report.deleted, 5000U - table_.left());
  told_to_stop_ = false;
  on_rest_ = [](Millis) {};
  table_.errors = {{base::Errc::unavailable, ports::kStopped, "stopped"}};
  report = run();
  EXPECT_EQ(report.outcome, Outcome::stopped);
  EXPECT_FALSE(report.error);
}

TEST_F(RetentionRunTest, WaitsWhileAReplicaIsBehindAndSaysSo) {
  fill(5000, 1);
  core::RetentionLoad behind;
  behind.replica = "standby1";
  behind.replica_lag = Millis(60'000);
  table_.loads = {behind, behind, behind};
  run();
  EXPECT_EQ(rested_, 3 * RetentionRun::kReplicaRest);
  EXPECT_THAT(told_[1].slowed_by, HasSubstr("standby1"));
  EXPECT_EQ(told_.back().slowed_by, "");
  EXPECT_EQ(table_.left(), 0U);
}

TEST_F(RetentionRunTest, ATrickleGoesByTheIndexAlone) {
  fill_index(900);
  const RetentionReport report = run();
  EXPECT_EQ(report.plan.way, RetentionWay::trickle);
  EXPECT_EQ(report.deleted, 900U);
  EXPECT_EQ(report.locked, 0U);
  EXPECT_TRUE(table_.swept.empty());
}

TEST_F(RetentionRunTest, ATrickleComesBackForLockedRows) {
  fill_index(900);
  table_.locked_by_index = 5;
  RetentionReport report = run();
  EXPECT_EQ(report.deleted, 895U);
  EXPECT_EQ(report.locked, 5U);
  EXPECT_EQ(rested_, RetentionRun::kLaterRounds * RetentionRun::kLaterRest);
  fill_index(900);
  table_.locked_by_index = 5;
  on_rest_ = [this](Millis time) {
    if (time == RetentionRun::kLaterRest) table_.locked_by_index = 0;
  };
  report = run();
  EXPECT_EQ(report.deleted, 900U);
  EXPECT_EQ(report.locked, 0U);
}

TEST_F(RetentionRunTest, ATrickleThatGrowsBecomesAPass) {
  fill_index(900);
  table_.due_by_index = 1'000'000;
  table_.due.assign(1000, 1);
  const RetentionReport report = run();
  EXPECT_EQ(report.plan.way, RetentionWay::backlog);
  EXPECT_EQ(table_.left(), 0U);
  EXPECT_LT(table_.oldest_sweeps, 20U);
}

TEST_F(RetentionRunTest, ARowThatMayNotGoIsLeftToAPass) {
  fill_index(900);
  table_.refuses_by_index = true;
  table_.due.assign(1000, 1);
  const RetentionReport report = run();
  EXPECT_EQ(report.outcome, Outcome::done);
  EXPECT_EQ(report.plan.way, RetentionWay::backlog);
  EXPECT_EQ(report.deleted, 1000U);
}

}  // namespace
}  // namespace rollcall::service

#include "service/retention.hpp"

#include "service/listed_table.hpp"

#include <thread>

#include <gtest/gtest.h>

namespace rollcall::service {
namespace {

using base::Millis;
using Outcome = RetentionReport::Outcome;

const base::Error kCut{base::Errc::unavailable, "postgres_unavailable", "the link was cut"};

core::RetentionPolicy policy(const std::string& name, Millis every = std::chrono::hours(1)) {
  core::RetentionPolicy policy;
  policy.name = name;
  policy.expires_at = "expires_at";
  policy.every = every;
  return policy;
}

class RetentionTest : public ::testing::Test {
 protected:
  std::unique_ptr<ports::RetentionTable> make(const core::RetentionPolicy& policy) {
    ran_.push_back(policy.name);
    auto table = std::make_unique<ListedTable>(clock_);
    table->facts.blocks = blocks_;
    table->facts.due_rows = blocks_;
    table->facts.row_bytes = 10;
    table->facts.clauses = {{core::RetentionClause::expired, "", 0}};
    table->due.assign(blocks_, 1);
    if (fails_) table->errors.assign(RetentionRun::kMaxTries, kCut);
    return table;
  }

  Millis run_due() {
    return retention_.run_due([this](Millis time) {
      clock_.advance(time);
      if (on_rest_) on_rest_();
      return !is_stopped_;
    });
  }

  // Lets time pass until a run has ended; tells how much.
  Millis until_next_run() {
    const base::WallTime from = clock_.now();
    const std::size_t before = ran_.size();
    while (true) {
      const Millis wait = run_due();
      if (ran_.size() > before) return clock_.now() - from;
      clock_.advance(wait);
    }
  }

  base::ManualClock clock_{base::WallTime(Millis(1'000'000))};
  std::uint64_t blocks_ = 1000;
  bool fails_ = false;
  bool is_stopped_ = false;
  std::function<void()> on_rest_;
  std::vector<std::string> ran_;
  std::vector<RetentionStatus> begun_;
  std::vector<Outcome> ended_;
  Retention retention_{
      [this](const core::RetentionPolicy& p) { return make(p); },
      {[this](const RetentionStatus& s) { begun_.push_back(s); },
       [this](const RetentionStatus& s) { ended_.push_back(s.latest.back().report.outcome); }},
      clock_,
      7};
};

TEST_F(RetentionTest, WithoutPoliciesThereIsNothingToDo) {
  EXPECT_GT(run_due(), Millis(0));
  EXPECT_TRUE(retention_.status().empty());
}

TEST_F(RetentionTest, RunsSoonAfterTheStartAndThenAtTheInterval) {
  retention_.replace_policies({policy("sessions")});
  EXPECT_LE(until_next_run(), Retention::kFirstRun);
  for (int i = 0; i < 5; ++i) {
    const Millis waited = until_next_run();
    EXPECT_GE(waited, std::chrono::minutes(45));
    EXPECT_LE(waited, std::chrono::minutes(76));
  }
}

TEST_F(RetentionTest, EveryPolicyHasItsTurn) {
  retention_.replace_policies({policy("a"), policy("b", std::chrono::minutes(1)), policy("c")});
  while (ran_.size() < 40) clock_.advance(run_due());
  EXPECT_EQ(std::ranges::count(ran_, "a"), 1);
  EXPECT_EQ(std::ranges::count(ran_, "c"), 1);
  EXPECT_EQ(std::ranges::count(ran_, "b"), 38);
}

TEST_F(RetentionTest, CountsWhatRunsDid) {
  retention_.replace_policies({policy("sessions")});
  until_next_run();
  run_due();
  const RetentionStatus status = retention_.status().at(0);
  EXPECT_EQ(status.runs, 1U);
  EXPECT_EQ(status.deleted, 1000U);
  EXPECT_EQ(status.deleted_bytes, 10'000U);
  EXPECT_EQ(status.backlog, 0U);
  EXPECT_EQ(status.latest.size(), 1U);
  EXPECT_FALSE(status.running);
  EXPECT_EQ(ended_, std::vector{Outcome::done});
}

TEST_F(RetentionTest, AFailureIsTriedAgainSoonAndSlowlyLater) {
  retention_.replace_policies({policy("sessions")});
  fails_ = true;
  until_next_run();
  for (int i = 0; i < 12; ++i) {
    EXPECT_LE(until_next_run(), Retention::kFirstRetry + Retention::kLastRetry + Millis(60'000));
  }
  RetentionStatus status = retention_.status().at(0);
  EXPECT_GE(status.failures_in_a_row, 12U);
  EXPECT_EQ(status.latest.back().report.error->message, "the link was cut");
  fails_ = false;
  until_next_run();
  status = retention_.status().at(0);
  EXPECT_EQ(status.failures_in_a_row, 0U);
  EXPECT_GE(status.failures, 12U);
  EXPECT_GE(status.next - clock_.now(), std::chrono::minutes(44));
}

TEST_F(RetentionTest, KeepsTheLatestRunsOnly) {
  retention_.replace_policies({policy("sessions", std::chrono::seconds(10))});
  for (int i = 0; i < 30; ++i) until_next_run();
  EXPECT_EQ(retention_.status().at(0).latest.size(), RetentionStatus::kMaxRuns);
}

TEST_F(RetentionTest, AStopLeavesTheRestForTheNextTime) {
  retention_.replace_policies({policy("sessions")});
  clock_.advance(Retention::kFirstRun);
  is_stopped_ = true;
  run_due();
  EXPECT_TRUE(ran_.empty());
}

TEST_F(RetentionTest, ReplacedPoliciesKeepTheirHistoryByName) {
  retention_.replace_policies({policy("a"), policy("b")});
  until_next_run();
  until_next_run();
  const base::WallTime next = retention_.status().at(0).next;
  core::RetentionPolicy changed = policy("b");
  changed.table = "other";
  retention_.replace_policies({policy("a"), changed, policy("c")});
  const auto status = retention_.status();
  ASSERT_EQ(status.size(), 3U);
  EXPECT_EQ(status[0].next, next);
  EXPECT_EQ(status[1].runs, 1U);
  EXPECT_EQ(status[1].table, "other");
  EXPECT_LE(status[1].next - clock_.now(), Retention::kFirstRun);
  EXPECT_EQ(status[2].runs, 0U);
}

TEST_F(RetentionTest, ARunGoesOnWhileItsPolicyChanges) {
  retention_.replace_policies({policy("a")});
  core::RetentionPolicy changed = policy("a");
  changed.table = "other";
  on_rest_ = [&] {
    const auto running = retention_.status().at(0).running;
    if (running && running->deleted > 100) retention_.replace_policies({changed});
  };
  until_next_run();
  const RetentionStatus status = retention_.status().at(0);
  EXPECT_EQ(status.table, "other");
  EXPECT_EQ(status.deleted, 1000U);
  EXPECT_EQ(status.runs, 1U);
  EXPECT_FALSE(status.running);
  EXPECT_LE(status.next - clock_.now(), Retention::kFirstRun);
}

TEST_F(RetentionTest, ARunBeginsWithItsPlan) {
  retention_.replace_policies({policy("sessions")});
  fails_ = true;
  until_next_run();
  EXPECT_TRUE(begun_.empty());
  fails_ = false;
  until_next_run();
  ASSERT_EQ(begun_.size(), 1U);
  EXPECT_EQ(begun_[0].running->plan.way, core::RetentionWay::backlog);
  EXPECT_EQ(begun_[0].running->deleted, 0U);
}

TEST_F(RetentionTest, AnyThreadSeesWholeRuns) {
  retention_.replace_policies({policy("sessions", std::chrono::seconds(1))});
  std::jthread asker([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const RetentionStatus status = retention_.status().at(0);
      EXPECT_EQ(status.deleted, status.runs * 1000);
    }
  });
  for (int i = 0; i < 50; ++i) until_next_run();
}

}  // namespace
}  // namespace rollcall::service

#include "app/command/retention_texts.hpp"

#include "app/command/retention_lines.hpp"

#include <chrono>
#include <string>

#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

namespace rollcall::app {
namespace {

using base::Millis;
using core::RetentionFacts;
using core::RetentionPlan;
using core::RetentionPolicy;
using core::RetentionWay;
using service::RetentionProgress;
using service::RetentionReport;

RetentionPolicy policy() {
  RetentionPolicy policy;
  policy.name = "user_sessions";
  policy.expires_at = "expiresAt";
  policy.user_id = "userId";
  policy.created_at = "createdAt";
  policy.anonymous_after = std::chrono::hours(24);
  return policy;
}

RetentionFacts facts() {
  RetentionFacts facts;
  facts.table = R"(public."UserSession")";
  facts.blocks = 153'198;
  facts.index_bytes = 210'000'000;
  facts.rows = 2'604'496;
  facts.oldest = std::chrono::hours(29 * 24 + 3);
  return facts;
}

RetentionPlan plan() {
  RetentionPlan plan;
  plan.way = RetentionWay::backlog;
  plan.reason = "no index leads there";
  plan.due_rows = 2'604'487;
  plan.due_bytes = 1'100'000'000;
  plan.file_bytes = 1'400'000'000;
  plan.duration = Millis(9100);
  return plan;
}

TEST(RetentionTexts, APlanIsToldWithItsReason) {
  EXPECT_EQ(describe_plan(policy(), facts(), plan()),
            "user_sessions: about 2,604,487 of 2,604,496 rows are due\n"
            "  table   public.\"UserSession\": 1.3 GB, and 210.0 MB of indexes\n"
            "  due     rows past expiresAt, of nobody after 1d; the oldest is 29 d 3 h old\n"
            "  way     backlog: no index leads there\n"
            "  takes   about 9.1 s\n"
            "  frees   about 1.1 GB for new rows; a rebuild would give back 1.4 GB\n");
}

TEST(RetentionTexts, NothingToDoIsSaidQuietly) {
  RetentionPlan quiet;
  quiet.reason = "no row is due";
  EXPECT_EQ(describe_plan(policy(), facts(), quiet),
            "user_sessions: nothing to do, no row is due\n"
            "  table   public.\"UserSession\": 1.3 GB, and 210.0 MB of indexes\n");
  RetentionReport report;
  report.plan = quiet;
  EXPECT_EQ(describe_end(policy(), report, false), "user_sessions: nothing to do, no row is due");
}

TEST(RetentionTexts, AnEstimateIsCalledOneAndAdviceIsGiven) {
  RetentionPlan exact = plan();
  exact.is_counted = true;
  exact.advice = "CREATE INDEX a; CREATE INDEX b";
  const std::string text = describe_plan(policy(), facts(), exact);
  EXPECT_TRUE(text.starts_with("user_sessions: 2,604,487 of 2,604,496 rows are due\n"));
  EXPECT_TRUE(text.ends_with("\n  advice  CREATE INDEX a\n  advice  CREATE INDEX b\n"));
}

TEST(RetentionTexts, ProgressIsOneLine) {
  RetentionProgress progress;
  progress.plan = plan();
  progress.deleted = 1'204'000;
  progress.rows_per_s = 288'000;
  progress.time_left = Millis(999);
  EXPECT_EQ(describe_progress(policy(), progress),
            "user_sessions: 46 %, 1,204,000 rows, 288,000 a second");
  progress.blocks = 1000;
  progress.blocks_done = 990;
  progress.time_left = Millis(5000);
  progress.slowed_by = "replica a is 12000 ms behind";
  EXPECT_EQ(describe_progress(policy(), progress),
            "user_sessions: 99 %, 1,204,000 rows, 288,000 a second, about 5.0 s left; slower: "
            "replica a is 12000 ms behind");
}

TEST(RetentionTexts, TheEndSaysWhatWasDoneAndWhatWasLeft) {
  RetentionReport report;
  report.plan = plan();
  report.deleted = 2'604'000;
  report.deleted_bytes = 1'100'000'000;
  report.took = Millis(9000);
  EXPECT_EQ(describe_end(policy(), report, false),
            "user_sessions: deleted 2,604,000 rows in 9.0 s, 289,333 a second; about 1.1 GB are "
            "free for new rows");
  report.locked = 3;
  report.refused = 1;
  EXPECT_EQ(describe_end(policy(), report, true),
            "user_sessions: would delete 2,604,000 rows; 3 that others have locked are left to "
            "the next run; a foreign key or a trigger keeps 1");
  report.outcome = RetentionReport::Outcome::stopped;
  EXPECT_EQ(describe_end(policy(), report, false),
            "user_sessions: stopped after 2,604,000 rows in 9.0 s; the next run goes on");
}

TEST(RetentionLines, SayTheSameToPrograms) {
  EXPECT_EQ(boost::json::serialize(plan_line(policy(), facts(), plan())),
            R"({"policy":"user_sessions","table":"public.\"UserSession\"",)"
            R"("tableBytes":1254998016,"indexBytes":210000000,"rows":2604496,)"
            R"("oldestMs":2516400000,"way":"backlog","reason":"no index leads there",)"
            R"("due":2604487,"isCounted":false,"dueBytes":1100000000,)"
            R"("rebuildBytes":1400000000,"durationMs":9100,"advice":null})");
  RetentionProgress progress;
  progress.plan = plan();
  progress.deleted = 5;
  EXPECT_EQ(boost::json::serialize(progress_line(policy(), progress, false)),
            R"({"policy":"user_sessions","event":"progress","dryRun":false,"deleted":5,)"
            R"("due":2604487,"blocksDone":0,"blocks":0,"elapsedMs":0,"rowsPerSecond":0,)"
            R"("timeLeftMs":null,"slowedBy":null})");
  RetentionReport report;
  report.outcome = RetentionReport::Outcome::failed;
  report.error = base::Error{base::Errc::unavailable, "gone", "gone"};
  EXPECT_EQ(boost::json::serialize(end_line(policy(), report, true)),
            R"({"policy":"user_sessions","event":"end","dryRun":true,"outcome":"failed",)"
            R"("way":"nothing","deleted":0,"bytes":0,"locked":0,"refused":0,"tookMs":0,)"
            R"("oldestMs":null,"error":"gone"})");
}

}  // namespace
}  // namespace rollcall::app

#include "transport/http/retention_status.hpp"

#include <gtest/gtest.h>

namespace rollcall::http {
namespace {

using service::RetentionProgress;
using service::RetentionReport;
using service::RetentionStatus;

base::WallTime at(std::int64_t ms) {
  return base::WallTime(base::Millis(1'769'851'800'000 + ms));
}

core::RetentionPlan plan_of(core::RetentionWay way, std::string reason, std::uint64_t due) {
  core::RetentionPlan plan;
  plan.way = way;
  plan.reason = std::move(reason);
  plan.due_rows = due;
  return plan;
}

RetentionStatus idle_policy() {
  RetentionStatus status;
  status.policy = "user_sessions";
  status.table = "\"UserSession\"";
  status.next = at(3'600'000);
  return status;
}

TEST(RetentionJson, AnIdlePolicyIsToldWithItsRuns) {
  RetentionStatus status = idle_policy();
  RetentionReport done;
  done.plan = plan_of(core::RetentionWay::trickle, "an index leads there", 8);
  done.deleted = 7;
  done.deleted_bytes = 900;
  done.locked = 2;
  done.refused = 1;
  done.took = base::Millis(31);
  RetentionReport failed;
  failed.outcome = RetentionReport::Outcome::failed;
  failed.error = base::Error{base::Errc::unavailable, "gone", "no \"table\""};
  status.latest = {{at(0), done}, {at(500), failed}};
  status.deleted = 7;
  status.deleted_bytes = 900;
  status.failures = 4;
  status.backlog = 3;
  status.oldest = base::Millis(86'400'000);
  EXPECT_EQ(retention_json(status),
            R"({"policy":"user_sessions","table":"\"UserSession\"","state":"idle","running":null,)"
            R"("nextAt":"2026-01-31T10:30:00.000Z","runs":[{"at":"2026-01-31T09:30:00.000Z",)"
            R"("outcome":"done","way":"trickle","reason":"an index leads there","deleted":7,)"
            R"("bytes":900,"locked":2,"refused":1,"tookMs":31,"error":null},)"
            R"({"at":"2026-01-31T09:30:00.500Z","outcome":"failed","way":"nothing","reason":"",)"
            R"("deleted":0,"bytes":0,"locked":0,"refused":0,"tookMs":0,)"
            R"("error":"no \"table\""}],"deleted":7,"bytes":900,"failures":4,"backlog":3,)"
            R"("oldestMs":86400000})");
}

TEST(RetentionJson, AFailureShowsUntilARunIsDone) {
  RetentionStatus status = idle_policy();
  status.failures_in_a_row = 1;
  EXPECT_NE(retention_json(status).find(R"("state":"failing","running":null)"), std::string::npos);
  status.running = RetentionProgress{};
  EXPECT_NE(retention_json(status).find(R"("state":"running")"), std::string::npos);
}

TEST(RetentionJson, ARunIsToldWithWhatIsDoneOfIt) {
  RetentionStatus status = idle_policy();
  status.running = RetentionProgress{};
  status.running->plan = plan_of(core::RetentionWay::backlog, "most of it goes", 1000);
  status.running->deleted = 999;
  status.running->blocks = 300;
  status.running->blocks_done = 100;
  status.running->elapsed = base::Millis(50);
  status.running->rows_per_s = 288'000;
  status.running->time_left = base::Millis(120);
  status.running->slowed_by = "a replica";
  EXPECT_NE(retention_json(status).find(
                R"("running":{"way":"backlog","reason":"most of it goes","due":1000,)"
                R"("deleted":999,"percent":33,"elapsedMs":50,"rowsPerSecond":288000,)"
                R"("timeLeftMs":120,"slowedBy":"a replica"},)"),
            std::string::npos)
      << retention_json(status);
}

TEST(RetentionJson, HowMuchIsDoneIsNeverMoreThanAll) {
  RetentionStatus status = idle_policy();
  status.running = RetentionProgress{};
  EXPECT_NE(retention_json(status).find(R"("percent":null)"), std::string::npos);
  EXPECT_NE(retention_json(status).find(R"("timeLeftMs":null,"slowedBy":null)"),
            std::string::npos);
  status.running->plan = plan_of(core::RetentionWay::trickle, "", 10);
  status.running->deleted = 5;
  EXPECT_NE(retention_json(status).find(R"("percent":50)"), std::string::npos);
  status.running->deleted = 11;
  EXPECT_NE(retention_json(status).find(R"("percent":100)"), std::string::npos);
}

}  // namespace
}  // namespace rollcall::http

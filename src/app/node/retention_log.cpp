#include "app/node/retention_log.hpp"

#include <chrono>
#include <string>

namespace rollcall::app {
namespace {

using Outcome = service::RetentionReport::Outcome;

double seconds(base::Millis time) {
  return std::chrono::duration<double>(time).count();
}

bool has_failed_before(const service::RetentionStatus& status) {
  const auto& runs = status.latest;
  return runs.size() > 1 && runs[runs.size() - 2].report.outcome == Outcome::failed;
}

}  // namespace

void RetentionLog::begin(const service::RetentionStatus& status) const {
  if (!status.running || status.running->plan.way == core::RetentionWay::nothing) return;
  const core::RetentionPlan& plan = status.running->plan;
  logger_.info("retention begins", {{"policy", status.policy},
                                    {"way", core::name_of(plan.way)},
                                    {"due_rows", plan.due_rows},
                                    {"reason", plan.reason}});
}

void RetentionLog::end(const service::RetentionStatus& status) const {
  const service::RetentionReport& report = status.latest.back().report;
  if (report.outcome == Outcome::failed) return fail(status);
  if (report.outcome == Outcome::done && has_failed_before(status)) {
    logger_.info("retention works again", {{"policy", status.policy}});
  }
  const bool was_idle = report.deleted + report.locked + report.refused == 0;
  if (was_idle) {
    return logger_.debug("retention had nothing to do",
                         {{"policy", status.policy}, {"reason", report.plan.reason}});
  }
  const bool is_done = report.outcome == Outcome::done;
  logger_.info(is_done ? "retention is done" : "retention stopped before its end",
               {{"policy", status.policy},
                {"rows", report.deleted},
                {"bytes", report.deleted_bytes},
                {"seconds", seconds(report.took)},
                {"locked", report.locked},
                {"refused", report.refused}});
}

void RetentionLog::fail(const service::RetentionStatus& status) const {
  const service::RetentionReport& report = status.latest.back().report;
  const std::string reason = report.error ? report.error->message : "";
  const base::LogFields fields{
      {"policy", status.policy}, {"reason", reason}, {"rows", report.deleted}};
  if (status.failures_in_a_row > 1) return logger_.debug("retention fails again", fields);
  logger_.error("retention failed", fields);
}

}  // namespace rollcall::app

#include "transport/http/retention_status.hpp"

#include "transport/http/response.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include <fmt/format.h>

namespace rollcall::http {
namespace {

using service::RetentionProgress;
using service::RetentionReport;
using service::RetentionStatus;

std::string_view state_of(const RetentionStatus& status) {
  if (status.running) return "running";
  return status.failures_in_a_row > 0 ? "failing" : "idle";
}

std::string millis_json(std::optional<base::Millis> time) {
  return time ? fmt::to_string(time->count()) : "null";
}

// How much of the work is done, by the blocks of a pass or else by rows; null before the plan.
std::string percent_json(const RetentionProgress& progress) {
  const bool is_pass = progress.blocks > 0;
  const std::uint64_t whole = is_pass ? progress.blocks : progress.plan.due_rows;
  const std::uint64_t part = is_pass ? progress.blocks_done : progress.deleted;
  return whole == 0 ? "null" : fmt::to_string(std::min(part, whole) * 100 / whole);
}

std::string running_json(const std::optional<RetentionProgress>& running) {
  if (!running) return "null";
  return fmt::format(
      R"({{"way":"{}","reason":{},"due":{},"deleted":{},"percent":{},"elapsedMs":{},)"
      R"("rowsPerSecond":{},"timeLeftMs":{},"slowedBy":{}}})",
      core::name_of(running->plan.way), json_string(running->plan.reason), running->plan.due_rows,
      running->deleted, percent_json(*running), running->elapsed.count(), running->rows_per_s,
      millis_json(running->time_left),
      running->slowed_by.empty() ? "null" : json_string(running->slowed_by));
}

std::string run_json(const RetentionStatus::Run& run) {
  const RetentionReport& report = run.report;
  return fmt::format(R"({{"at":"{}","outcome":"{}","way":"{}","reason":{},"deleted":{},)"
                     R"("bytes":{},"locked":{},"refused":{},"tookMs":{},"error":{}}})",
                     base::format_rfc3339(run.at), name_of(report.outcome),
                     core::name_of(report.plan.way), json_string(report.plan.reason),
                     report.deleted, report.deleted_bytes, report.locked, report.refused,
                     report.took.count(),
                     report.error ? json_string(report.error->message) : "null");
}

}  // namespace

std::string retention_json(const RetentionStatus& status) {
  std::string runs;
  for (const RetentionStatus::Run& run : status.latest) {
    runs += (runs.empty() ? "" : ",") + run_json(run);
  }
  return fmt::format(
      R"({{"policy":{},"table":{},"state":"{}","running":{},"nextAt":"{}","runs":[{}],)"
      R"("deleted":{},"bytes":{},"failures":{},"backlog":{},"oldestMs":{}}})",
      json_string(status.policy), json_string(status.table), state_of(status),
      running_json(status.running), base::format_rfc3339(status.next), runs, status.deleted,
      status.deleted_bytes, status.failures, status.backlog, millis_json(status.oldest));
}

}  // namespace rollcall::http

#include "app/command/retention_lines.hpp"

#include <cstdint>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

namespace rollcall::app {
namespace {

using boost::json::object;
using boost::json::value;

object event_line(const core::RetentionPolicy& policy, std::string_view event, bool is_dry) {
  return {{"policy", policy.name}, {"event", event}, {"dryRun", is_dry}};
}

void add_plan(object& line, const core::RetentionPlan& plan) {
  line["way"] = core::name_of(plan.way);
  line["reason"] = or_null(plan.reason);
  line["due"] = plan.due_rows;
  line["isCounted"] = plan.is_counted;
  line["dueBytes"] = plan.due_bytes;
  line["rebuildBytes"] = plan.file_bytes;
  line["durationMs"] = plan.duration.count();
  line["advice"] = or_null(plan.advice);
}

}  // namespace

value or_null(const std::optional<base::Millis>& time) {
  return time ? value(time->count()) : value(nullptr);
}

value or_null(const std::string& text) {
  return text.empty() ? value(nullptr) : value(text);
}

object plan_line(const core::RetentionPolicy& policy, const core::RetentionFacts& facts,
                 const core::RetentionPlan& plan) {
  object line{{"policy", policy.name},
              {"table", facts.table},
              {"tableBytes", facts.blocks * facts.block_bytes},
              {"indexBytes", facts.index_bytes},
              {"rows", facts.rows},
              {"oldestMs", or_null(facts.oldest)}};
  add_plan(line, plan);
  return line;
}

object begin_line(const core::RetentionPolicy& policy, const core::RetentionPlan& plan,
                  bool is_dry) {
  object line = event_line(policy, "begin", is_dry);
  add_plan(line, plan);
  return line;
}

object progress_line(const core::RetentionPolicy& policy,
                     const service::RetentionProgress& progress, bool is_dry) {
  object line = event_line(policy, "progress", is_dry);
  line["deleted"] = progress.deleted;
  line["due"] = progress.plan.due_rows;
  line["blocksDone"] = progress.blocks_done;
  line["blocks"] = progress.blocks;
  line["elapsedMs"] = progress.elapsed.count();
  line["rowsPerSecond"] = progress.rows_per_s;
  line["timeLeftMs"] = or_null(progress.time_left);
  line["slowedBy"] = or_null(progress.slowed_by);
  return line;
}

object end_line(const core::RetentionPolicy& policy, const service::RetentionReport& report,
                bool is_dry) {
  object line = event_line(policy, "end", is_dry);
  line["outcome"] = name_of(report.outcome);
  line["way"] = core::name_of(report.plan.way);
  line["deleted"] = report.deleted;
  line["bytes"] = report.deleted_bytes;
  line["locked"] = report.locked;
  line["refused"] = report.refused;
  line["tookMs"] = report.took.count();
  line["oldestMs"] = or_null(report.oldest);
  line["error"] = report.error ? value(report.error->message) : value(nullptr);
  return line;
}

}  // namespace rollcall::app

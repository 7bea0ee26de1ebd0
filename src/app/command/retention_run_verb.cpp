#include "adapters/postgres/retention_table.hpp"
#include "adapters/postgres/table_rebuild.hpp"
#include "app/command/progress_line.hpp"
#include "app/command/retention_lines.hpp"
#include "app/command/retention_texts.hpp"
#include "app/command/retention_verbs.hpp"
#include "app/config/amounts.hpp"
#include "base/time.hpp"
#include "ports/retention_table.hpp"
#include "service/retention_run.hpp"

#include <iostream>
#include <random>

namespace rollcall::app {
namespace {

using Outcome = service::RetentionReport::Outcome;

constexpr base::Millis kLineEvery{1000};
constexpr base::Millis kShownEvery{200};

// Tells of one run, to people or to programs.
class RunStory {
 public:
  RunStory(const core::RetentionPolicy& policy, bool is_dry, bool is_json)
      : policy_(policy), is_dry_(is_dry), is_json_(is_json) {}

  void progress(const service::RetentionProgress& progress) {
    const bool is_first = !has_begun_;
    begin(progress.plan);
    if (is_first && is_json_) return;
    if (!telling_.is_due(base::WallTime(progress.elapsed))) return;
    if (is_json_) {
      print(progress_line(policy_, progress, is_dry_));
    } else {
      line_.show(describe_progress(policy_, progress));
    }
  }

  int end(const service::RetentionReport& report) {
    line_.clear();
    if (is_json_) {
      begin(report.plan);
      print(end_line(policy_, report, is_dry_));
    } else {
      std::cout << describe_end(policy_, report, is_dry_) << std::endl;
    }
    if (report.error && report.outcome == Outcome::failed) return fail(policy_, *report.error);
    return report.outcome == Outcome::done ? 0 : kRetentionStopped;
  }

 private:
  void begin(const core::RetentionPlan& plan) {
    if (has_begun_) return;
    has_begun_ = true;
    if (is_json_) print(begin_line(policy_, plan, is_dry_));
  }

  const core::RetentionPolicy& policy_;
  bool is_dry_;
  bool is_json_;
  bool has_begun_ = false;
  Every telling_{is_json_ ? kLineEvery : kShownEvery};
  ProgressLine line_;
};

// What is left of a rebuild takes no part in a run, so that only a database that is away ends it.
base::Status remove_remains(const core::RetentionPolicy& policy, std::stop_token stop) {
  const auto removed = postgres::remove_rebuild_remains(policy, std::move(stop));
  if (removed && removed.value() > 0) {
    std::cerr << "retention." << policy.name << ": removed what "
              << counted(removed.value(), "rebuild") << " had left behind\n";
  }
  if (removed || removed.error().kind == base::Errc::forbidden) return base::Done{};
  return removed.error();
}

service::RetentionReport cut_short(const base::Error& error) {
  service::RetentionReport report;
  report.outcome = error.code == ports::kStopped ? Outcome::stopped : Outcome::failed;
  report.error = error;
  return report;
}

}  // namespace

int run_policy(const RetentionCommand& command, const core::RetentionPolicy& policy,
               Interruption& interruption) {
  const bool is_dry = command.request.dry_run;
  RunStory story(policy, is_dry, speaks_json(command));
  if (!is_dry) {
    const base::Status cleaned = remove_remains(policy, interruption.token());
    if (!cleaned) return story.end(cut_short(cleaned.error()));
  }
  postgres::PostgresRetentionTable table(
      policy, is_dry ? postgres::SweepMode::dry : postgres::SweepMode::real, interruption.token());
  const base::SteadyClock clock;
  service::RetentionRun run(
      policy, table, clock,
      {[&](base::Millis time) { return interruption.rest(time); },
       [&](const service::RetentionProgress& progress) { story.progress(progress); }},
      std::random_device{}());
  return story.end(run.run());
}

}  // namespace rollcall::app

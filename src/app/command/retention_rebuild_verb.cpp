#include "adapters/postgres/table_rebuild.hpp"
#include "app/command/progress_line.hpp"
#include "app/command/retention_verbs.hpp"
#include "app/config/amounts.hpp"

#include <iostream>
#include <string>
#include <vector>

#include <boost/json/array.hpp>
#include <fmt/format.h>

namespace rollcall::app {
namespace {

using boost::json::object;

// Tells of one rebuild, to people or to programs.
class RebuildStory {
 public:
  RebuildStory(const core::RetentionPolicy& policy, bool is_json)
      : policy_(policy), is_json_(is_json) {}

  void outlook(const postgres::RebuildOutlook& outlook, bool is_dry) {
    if (is_json_) {
      object line = event("outlook");
      line["dryRun"] = is_dry;
      line["rows"] = outlook.rows;
      line["survivors"] = outlook.survivors;
      line["bytes"] = outlook.bytes;
      line["bytesAfter"] = outlook.bytes_after;
      line["lockMs"] = outlook.lock.count();
      line["refusals"] = boost::json::array(outlook.refusals.begin(), outlook.refusals.end());
      line["notes"] = boost::json::array(outlook.notes.begin(), outlook.notes.end());
      return print(line);
    }
    std::cout << fmt::format(
        "{0}: about {1} of {2} rows stay\n"
        "  size   {3} with its indexes, about {4} when it is rebuilt\n"
        "  lock   about {5} (rebuild_lock allows {6})\n",
        policy_.name, in_digits(outlook.survivors), in_digits(outlook.rows),
        in_bytes(outlook.bytes), in_bytes(outlook.bytes_after), in_time(outlook.lock),
        in_time(policy_.rebuild_lock));
    for (const std::string& note : outlook.notes) std::cout << "  note   " << note << '\n';
    std::cout << std::flush;
  }

  void progress(const postgres::RebuildProgress& progress) {
    if (is_json_) {
      object line = event("progress");
      line["step"] = progress.step;
      line["survivors"] = progress.survivors;
      line["changes"] = progress.changes;
      line["attempts"] = progress.attempts;
      return print(line);
    }
    std::string text = fmt::format("{}: {}", policy_.name, progress.step);
    if (progress.survivors > 0) text += fmt::format(", {} copied", in_digits(progress.survivors));
    if (progress.changes > 0)
      text += fmt::format(", {} by others", counted(progress.changes, "change"));
    if (progress.attempts > 1) text += fmt::format(", attempt {}", progress.attempts);
    line_.show(text);
  }

  void done(const postgres::RebuildReport& report) {
    line_.clear();
    if (is_json_) {
      object line = event("end");
      line["outcome"] = "done";
      line["survivors"] = report.survivors;
      line["changes"] = report.changes;
      line["bytes"] = report.bytes_before;
      line["bytesAfter"] = report.bytes_after;
      line["attempts"] = report.attempts;
      line["lockedMs"] = report.locked.count();
      line["tookMs"] = report.took.count();
      return print(line);
    }
    std::cout << fmt::format(
        "{}: rebuilt in {}: {} became {}, {} stayed; the table was locked for {}\n", policy_.name,
        in_time(report.took), in_bytes(report.bytes_before), in_bytes(report.bytes_after),
        counted(report.survivors, "row"), in_time(report.locked));
  }

  int failed(const base::Error& error) {
    line_.clear();
    const int status = fail(policy_, error);
    const bool is_stopped = status == kRetentionStopped;
    if (is_json_) {
      object line = event("end");
      line["outcome"] = is_stopped ? "stopped" : "failed";
      line["error"] = error.message;
      print(line);
    } else if (is_stopped) {
      std::cout << policy_.name << ": " << error.message << '\n';
    }
    return status;
  }

 private:
  object event(std::string_view name) const { return {{"policy", policy_.name}, {"event", name}}; }

  const core::RetentionPolicy& policy_;
  bool is_json_;
  ProgressLine line_;
};

}  // namespace

int rebuild_policy(const RetentionCommand& command, const core::RetentionPolicy& policy,
                   Interruption& interruption) {
  RebuildStory story(policy, speaks_json(command));
  if (!command.request.dry_run) {
    const auto removed = postgres::remove_rebuild_remains(policy, interruption.token());
    if (!removed) return story.failed(removed.error());
  }
  const auto outlook = postgres::look_at_rebuild(policy, interruption.token());
  if (!outlook) return story.failed(outlook.error());
  story.outlook(outlook.value(), command.request.dry_run);
  for (const std::string& refusal : outlook.value().refusals) {
    std::cerr << "retention." << policy.name << ": " << refusal << '\n';
  }
  if (!outlook.value().refusals.empty()) return kRetentionFailed;
  if (command.request.dry_run) return 0;
  const auto report = postgres::rebuild_table(
      policy, interruption.token(),
      [&](const postgres::RebuildProgress& progress) { story.progress(progress); });
  if (!report) return story.failed(report.error());
  story.done(report.value());
  return 0;
}

}  // namespace rollcall::app

#include "app/node/scrape_retention.hpp"

#include "app/node/compose.hpp"

#include <chrono>
#include <cstdint>

namespace rollcall::app {
namespace {

using http::MetricsText;
using service::RetentionStatus;

double seconds(base::Millis time) {
  return std::chrono::duration<double>(time).count();
}

// What the run under way has done counts already: it may take hours.
void add_work(const RetentionStatus& status, MetricsText& text) {
  const http::Labels labels{{"policy", status.policy}};
  const std::uint64_t deleted = status.running ? status.running->deleted : 0;
  const base::Millis worked = status.running ? status.running->elapsed : base::Millis(0);
  text.counter("rollcall_retention_deleted_rows_total", "Rows deleted by this node.",
               static_cast<double>(status.deleted + deleted), labels);
  text.counter("rollcall_retention_deleted_bytes_total",
               "What the deleted rows took up, about, as of the latest run's end.",
               static_cast<double>(status.deleted_bytes), labels);
  text.counter("rollcall_retention_work_seconds_total", "Time that runs took, with their rests.",
               seconds(status.worked + worked), labels);
}

void add_runs(const RetentionStatus& status, MetricsText& text) {
  const auto add = [&](const char* outcome, std::uint64_t runs) {
    text.counter("rollcall_retention_runs_total", "Runs that ended, by their outcome.",
                 static_cast<double>(runs), {{"policy", status.policy}, {"outcome", outcome}});
  };
  add("done", status.runs - status.failures);
  add("failed", status.failures);
}

void add_due(const RetentionStatus& status, MetricsText& text) {
  const http::Labels labels{{"policy", status.policy}};
  text.gauge("rollcall_retention_backlog_rows", "Rows that are due, about, as far as is known.",
             static_cast<double>(status.backlog), labels);
  text.gauge("rollcall_retention_oldest_due_seconds",
             "Age of the oldest due row that the latest run saw; 0: none was due.",
             seconds(status.oldest.value_or(base::Millis(0))), labels);
  text.gauge("rollcall_retention_running", "1 while a run is under way.", status.running ? 1 : 0,
             labels);
}

}  // namespace

void add_retention(const Node& node, MetricsText& text) {
  for (const RetentionStatus& status : node.retention.status()) {
    add_work(status, text);
    add_runs(status, text);
    add_due(status, text);
  }
}

}  // namespace rollcall::app

#include "adapters/postgres/retention_table.hpp"
#include "adapters/postgres/table_status.hpp"
#include "app/client/retention_report.hpp"
#include "app/client/server_news.hpp"
#include "app/client/status_fields.hpp"
#include "app/command/retention_lines.hpp"
#include "app/command/retention_verbs.hpp"
#include "app/config/amounts.hpp"
#include "core/retention_plan.hpp"

#include <algorithm>
#include <iostream>
#include <optional>
#include <string>
#include <utility>

#include <boost/json/array.hpp>
#include <fmt/format.h>

namespace rollcall::app {
namespace {

using boost::json::object;
using boost::json::value;
using core::RetentionFacts;
using postgres::TableStatus;

// A rebuild at work needs what stands beside the table.
bool is_littered(const TableStatus& table) {
  return table.has_remains && std::ranges::none_of(table.workers, &TableStatus::Worker::is_alone);
}

object worker_line(const TableStatus::Worker& worker) {
  return {{"pid", worker.pid},
          {"application", or_null(worker.application)},
          {"work", worker.is_alone ? "rebuild" : "run"},
          {"sinceMs", or_null(worker.since)}};
}

object status_line(const core::RetentionPolicy& policy, const TableStatus& table,
                   const std::optional<RetentionFacts>& facts, const object* news) {
  boost::json::array workers;
  for (const TableStatus::Worker& worker : table.workers) workers.push_back(worker_line(worker));
  return {{"policy", policy.name},
          {"table", table.table},
          {"tableBytes", table.table_bytes},
          {"indexBytes", table.index_bytes},
          {"liveRows", table.live_rows},
          {"deadRows", table.dead_rows},
          {"sinceVacuumMs", or_null(table.since_vacuum)},
          {"due", facts ? value(facts->due_rows) : value(nullptr)},
          {"isCounted", facts ? value(facts->is_counted) : value(nullptr)},
          {"oldestMs", facts ? or_null(facts->oldest) : value(nullptr)},
          {"workers", std::move(workers)},
          {"hasRemains", is_littered(table)},
          {"server", news == nullptr ? value(nullptr) : value(*news)}};
}

std::string vacuum_of(const TableStatus& table) {
  if (!table.since_vacuum) return "no vacuum since the statistics began";
  return fmt::format("the last vacuum was {} ago", in_time(*table.since_vacuum));
}

std::string due_of(const std::optional<RetentionFacts>& facts) {
  if (!facts) return "unknown while a rebuild is at work";
  if (facts->due_rows == 0) return facts->is_counted ? "none" : "none, or few";
  std::string text =
      fmt::format("{}{}", facts->is_counted ? "" : "about ", counted(facts->due_rows, "row"));
  if (facts->oldest) text += fmt::format(", the oldest {} old", in_time(*facts->oldest));
  return text;
}

std::string worker_of(const TableStatus::Worker& worker) {
  std::string text = fmt::format("a {} is at work", worker.is_alone ? "rebuild" : "run");
  if (!worker.application.empty()) text += fmt::format(", \"{}\"", worker.application);
  text += fmt::format(", process {}", worker.pid);
  if (worker.since) text += fmt::format(", for {}", in_time(*worker.since));
  return text;
}

void print_status(const core::RetentionPolicy& policy, const TableStatus& table,
                  const std::optional<RetentionFacts>& facts) {
  const auto line = [](std::string_view title, std::string_view what) {
    std::cout << fmt::format("  {:<12}  {}\n", title, what);
  };
  std::cout << fmt::format("{}: {}, {}, and {} of indexes\n", policy.name, table.table,
                           in_bytes(table.table_bytes), in_bytes(table.index_bytes));
  line("rows", fmt::format("{} live, {} dead by the statistics; {}", in_digits(table.live_rows),
                           in_digits(table.dead_rows), vacuum_of(table)));
  line("due", due_of(facts));
  for (const TableStatus::Worker& worker : table.workers) line("now", worker_of(worker));
  if (table.workers.empty()) line("now", "nobody is at work on it");
  if (is_littered(table)) {
    line("remains", "a rebuild that died left tables beside it, which the next run removes");
  }
}

}  // namespace

int tell_policy(const RetentionCommand& command, const core::RetentionPolicy& policy,
                Interruption& interruption) {
  const auto table = postgres::read_table_status(policy, interruption.token());
  if (!table) return fail(policy, table.error());
  postgres::PostgresRetentionTable rows(policy, postgres::SweepMode::dry, interruption.token());
  const auto facts = rows.look();
  if (!facts && facts.error().kind != base::Errc::forbidden) return fail(policy, facts.error());
  const auto known = facts ? std::optional(facts.value()) : std::nullopt;
  const auto server = ask_server(command.config);
  const object* const news = server ? find_policy(server.value(), policy.name) : nullptr;
  if (command.request.json) {
    print(status_line(policy, table.value(), known, news));
    return 0;
  }
  print_status(policy, table.value(), known);
  if (!server) {
    std::cout << fmt::format("  {:<12}  not asked, {}\n", "server", server.error().message);
  } else if (news == nullptr) {
    std::cout << fmt::format("  {:<12}  does not run this policy\n", "server");
  } else {
    std::cout << report_retention(*news, text_of(server.value(), "at"));
  }
  return 0;
}

}  // namespace rollcall::app

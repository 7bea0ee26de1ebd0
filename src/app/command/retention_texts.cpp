#include "app/command/retention_texts.hpp"

#include "app/config/amounts.hpp"
#include "app/config/retention_policies.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace rollcall::app {
namespace {

using Outcome = service::RetentionReport::Outcome;

constexpr base::Millis kWorthTelling{1000};

std::string size_of(const core::RetentionFacts& facts) {
  return fmt::format("{}, and {} of indexes", in_bytes(facts.blocks * facts.block_bytes),
                     in_bytes(facts.index_bytes));
}

std::string oldest_of(const core::RetentionFacts& facts) {
  if (!facts.oldest) return "";
  return fmt::format("; the oldest is {} old", in_time(*facts.oldest));
}

// Of a pass by its blocks, else by the rows that were due.
std::optional<std::uint64_t> percent_of(const service::RetentionProgress& progress) {
  const bool is_pass = progress.blocks > 0;
  const std::uint64_t whole = is_pass ? progress.blocks : progress.plan.due_rows;
  const std::uint64_t part = is_pass ? progress.blocks_done : progress.deleted;
  if (whole == 0) return std::nullopt;
  return std::min(part, whole) * 100 / whole;
}

// Each piece of advice has a line of its own.
std::vector<std::string_view> parts_of(std::string_view advice) {
  constexpr std::string_view kBetween = "; ";
  std::vector<std::string_view> parts;
  while (!advice.empty()) {
    const std::string_view part = advice.substr(0, advice.find(kBetween));
    parts.push_back(part);
    advice.remove_prefix(std::min(advice.size(), part.size() + kBetween.size()));
  }
  return parts;
}

std::string left_behind(const service::RetentionReport& report) {
  std::string text;
  if (report.locked > 0) {
    text += fmt::format("; {} that others have locked are left to the next run",
                        in_digits(report.locked));
  }
  if (report.refused > 0) {
    text += fmt::format("; a foreign key or a trigger keeps {}", in_digits(report.refused));
  }
  return text;
}

}  // namespace

std::string describe_plan(const core::RetentionPolicy& policy, const core::RetentionFacts& facts,
                          const core::RetentionPlan& plan) {
  const std::string_view about = plan.is_counted ? "" : "about ";
  std::string text;
  const auto line = [&](std::string_view title, std::string_view what) {
    text += fmt::format("  {:<6}  {}\n", title, what);
  };
  if (plan.way == core::RetentionWay::nothing) {
    text = fmt::format("{}: nothing to do, {}\n", policy.name, plan.reason);
    line("table", fmt::format("{}: {}", facts.table, size_of(facts)));
  } else {
    text = fmt::format("{}: {}{} of {} rows are due\n", policy.name, about,
                       in_digits(plan.due_rows), in_digits(facts.rows));
    line("table", fmt::format("{}: {}", facts.table, size_of(facts)));
    line("due", fmt::format("rows {}{}", describe_clauses(policy), oldest_of(facts)));
    line("way", fmt::format("{}: {}", name_of(plan.way), plan.reason));
    line("takes", "about " + in_time(plan.duration));
    line("frees", fmt::format("about {} for new rows; a rebuild would give back {}",
                              in_bytes(plan.due_bytes), in_bytes(plan.file_bytes)));
  }
  for (const std::string_view advice : parts_of(plan.advice)) line("advice", advice);
  return text;
}

std::string describe_progress(const core::RetentionPolicy& policy,
                              const service::RetentionProgress& progress) {
  std::string text = policy.name + ": ";
  if (const auto percent = percent_of(progress)) text += fmt::format("{} %, ", *percent);
  text += fmt::format("{}, {} a second", counted(progress.deleted, "row"),
                      in_digits(progress.rows_per_s));
  if (progress.time_left.value_or(base::Millis(0)) >= kWorthTelling) {
    text += fmt::format(", about {} left", in_time(*progress.time_left));
  }
  if (!progress.slowed_by.empty()) text += "; slower: " + progress.slowed_by;
  return text;
}

std::string describe_end(const core::RetentionPolicy& policy,
                         const service::RetentionReport& report, bool is_dry) {
  const std::string rows = counted(report.deleted, "row");
  if (report.outcome != Outcome::done) {
    return fmt::format("{}: {} after {} in {}; the next run goes on", policy.name,
                       name_of(report.outcome), rows, in_time(report.took));
  }
  if (report.deleted + report.locked + report.refused == 0) {
    return fmt::format("{}: nothing to do{}{}", policy.name,
                       report.plan.reason.empty() ? "" : ", ", report.plan.reason);
  }
  if (is_dry) return fmt::format("{}: would delete {}{}", policy.name, rows, left_behind(report));
  const auto millis =
      static_cast<std::uint64_t>(std::max<base::Millis::rep>(1, report.took.count()));
  return fmt::format("{}: deleted {} in {}, {} a second; about {} are free for new rows{}",
                     policy.name, rows, in_time(report.took),
                     in_digits(report.deleted * 1000 / millis), in_bytes(report.deleted_bytes),
                     left_behind(report));
}

}  // namespace rollcall::app

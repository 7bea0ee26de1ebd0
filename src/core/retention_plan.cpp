#include "core/retention_plan.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace rollcall::core {
namespace {

constexpr std::uint64_t kStepBlocks = 256;     // a table no larger is read in one step
constexpr std::uint64_t kLeastTrickle = 1000;  // rows
constexpr std::uint64_t kBlocksARow = 4;       // what a row by an index costs, in blocks of a pass
constexpr std::uint64_t kIndexedFrom = 4096;   // blocks; smaller tables need no advice
constexpr std::uint64_t kRebuiltFrom = 64 << 20;  // bytes that come back

// Of a small machine; for the estimate alone.
constexpr double kBacklogRowsAMilli = 200;
constexpr double kPassBlocksAMilli = 100;
constexpr double kTrickleRowsAMilli = 20;

bool is_indexed(const RetentionFacts::Clause& clause) {
  return !clause.index.empty();
}

std::uint64_t in_range(const RetentionFacts& facts) {
  std::uint64_t rows = 0;
  for (const RetentionFacts::Clause& clause : facts.clauses) rows += clause.in_range;
  return rows;
}

std::string quoted(std::string_view name) {
  std::string sql = "\"";
  for (const char c : name) {
    if (c == '"') sql += c;
    sql += c;
  }
  return sql + '"';
}

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  return fmt::format("{}", fmt::join(parts, between));
}

std::string columns_without_index(const RetentionPolicy& policy, const RetentionFacts& facts) {
  std::vector<std::string> names;
  for (const RetentionFacts::Clause& clause : facts.clauses) {
    if (!is_indexed(clause)) names.push_back(quoted(time_column(policy, clause.clause)));
  }
  return joined(names, " and ");
}

std::string index_for(const RetentionPolicy& policy, const RetentionFacts& facts,
                      RetentionClause clause) {
  std::string sql = fmt::format("CREATE INDEX CONCURRENTLY ON {} ({})", facts.table,
                                quoted(time_column(policy, clause)));
  if (clause == RetentionClause::anonymous) {
    sql += fmt::format(" WHERE {} IS NULL", quoted(policy.user_id));
  }
  return sql;
}

struct Choice {
  RetentionWay way;
  std::string reason;
};

Choice choose(const RetentionPolicy& policy, const RetentionFacts& facts) {
  if (facts.blocks == 0) return {RetentionWay::nothing, "the table is empty"};
  const bool all_indexed = std::ranges::all_of(facts.clauses, is_indexed);
  const std::uint64_t rows = in_range(facts);
  const bool none_due = all_indexed ? rows == 0 : facts.is_counted && facts.due_rows == 0;
  if (none_due) return {RetentionWay::nothing, "no row is due"};
  if (facts.blocks <= kStepBlocks) {
    return {RetentionWay::backlog,
            fmt::format("the table is small: its {} blocks are read at once", facts.blocks)};
  }
  if (!all_indexed) {
    return {RetentionWay::backlog,
            fmt::format("no index begins with {}, so the table is read once, block by block",
                        columns_without_index(policy, facts))};
  }
  if (rows > trickle_limit(facts.blocks)) {
    return {RetentionWay::backlog,
            fmt::format("more than {} rows are due: to read all {} blocks once is less work than "
                        "to look each one up",
                        trickle_limit(facts.blocks), facts.blocks)};
  }
  std::vector<std::string> indexes;
  for (const RetentionFacts::Clause& clause : facts.clauses) indexes.push_back(clause.index);
  return {RetentionWay::trickle,
          fmt::format(
              "few rows are due, and {} to them",
              indexes.size() == 1 ? indexes[0] + " leads" : joined(indexes, " and ") + " lead")};
}

base::Millis duration_of(RetentionWay way, const RetentionFacts& facts) {
  const auto due = static_cast<double>(facts.due_rows);
  double millis = 0;
  if (way == RetentionWay::trickle) millis = due / kTrickleRowsAMilli;
  if (way == RetentionWay::backlog) {
    millis = due / kBacklogRowsAMilli + static_cast<double>(facts.blocks) / kPassBlocksAMilli;
  }
  return base::Millis(static_cast<base::Millis::rep>(millis));
}

// Indexes shrink as the table does, or more.
std::uint64_t rebuilt_away(const RetentionFacts& facts) {
  const std::uint64_t table = facts.blocks * facts.block_bytes;
  if (table == 0) return 0;
  const std::uint64_t survivors = facts.rows - std::min(facts.rows, facts.due_rows);
  const double kept =
      std::min(1.0, static_cast<double>(survivors * facts.row_bytes) / static_cast<double>(table));
  return static_cast<std::uint64_t>((1 - kept) * static_cast<double>(table + facts.index_bytes));
}

std::string advice_for(const RetentionPolicy& policy, const RetentionFacts& facts,
                       std::uint64_t file_bytes) {
  std::vector<std::string> advice;
  for (const RetentionFacts::Clause& clause : facts.clauses) {
    if (is_indexed(clause) || facts.blocks < kIndexedFrom) continue;
    advice.push_back(fmt::format("with an index, runs read only what is due: {}",
                                 index_for(policy, facts, clause.clause)));
  }
  const std::uint64_t total = facts.blocks * facts.block_bytes + facts.index_bytes;
  if (file_bytes >= kRebuiltFrom && file_bytes > total / 2) {
    advice.push_back(
        fmt::format("most of the file holds no row that stays: rollcall retention rebuild "
                    "--policy {} gives it back",
                    policy.name));
  }
  return joined(advice, "; ");
}

}  // namespace

std::string_view name_of(RetentionWay way) {
  switch (way) {
    case RetentionWay::nothing:
      return "nothing";
    case RetentionWay::trickle:
      return "trickle";
    case RetentionWay::backlog:
      return "backlog";
  }
  return "";
}

std::uint64_t trickle_limit(std::uint64_t blocks) {
  return std::max(kLeastTrickle, blocks / kBlocksARow);
}

RetentionPlan plan_retention(const RetentionPolicy& policy, const RetentionFacts& facts) {
  Choice choice = choose(policy, facts);
  RetentionPlan plan;
  plan.way = choice.way;
  plan.reason = std::move(choice.reason);
  plan.due_rows = choice.way == RetentionWay::nothing ? 0 : facts.due_rows;
  plan.due_bytes = plan.due_rows * facts.row_bytes;
  plan.file_bytes = rebuilt_away(facts);
  plan.is_counted = facts.is_counted;
  plan.duration = duration_of(choice.way, facts);
  plan.advice = advice_for(policy, facts, plan.file_bytes);
  return plan;
}

}  // namespace rollcall::core

#pragma once

#include "base/time.hpp"
#include "core/retention_policy.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::core {

// What the catalogue, the statistics and a sample of the table say.
struct RetentionFacts {
  struct Clause {
    RetentionClause clause = RetentionClause::expired;
    std::string index;           // that leads to its rows by their time; empty: none does
    std::uint64_t in_range = 0;  // rows it would read, counted up to trickle_limit() + 1
  };

  std::string table;         // as SQL writes it
  std::uint64_t blocks = 0;  // of the table alone
  std::uint64_t block_bytes = 8192;
  std::uint64_t index_bytes = 0;
  std::uint64_t rows = 0;  // that are visible
  std::uint64_t due_rows = 0;
  bool is_counted = false;             // both are; otherwise they are estimates from a sample
  std::uint64_t row_bytes = 0;         // of a visible row, on average
  std::optional<base::Millis> oldest;  // age of the oldest due row, as far as was seen
  std::vector<Clause> clauses;
};

enum class RetentionWay {
  nothing,  // no row is due
  trickle,  // by an index, oldest rows first
  backlog,  // the whole table, a range of blocks after the other
};

std::string_view name_of(RetentionWay way);

struct RetentionPlan {
  RetentionWay way = RetentionWay::nothing;
  std::string reason;  // a sentence for people, without the full stop
  std::string advice;  // what would serve the table better; empty: nothing
  std::uint64_t due_rows = 0;
  std::uint64_t due_bytes = 0;   // that become free for new rows
  std::uint64_t file_bytes = 0;  // that a rebuild would give back
  bool is_counted = false;
  base::Millis duration{0};  // about, on a machine that has little else to do
};

// How many rows may be due for a trickle to read less than a pass over the table does.
std::uint64_t trickle_limit(std::uint64_t blocks);

RetentionPlan plan_retention(const RetentionPolicy& policy, const RetentionFacts& facts);

}  // namespace rollcall::core

#pragma once

#include "base/time.hpp"
#include "ports/retention_table.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rollcall::service {

// A table in memory, for tests: so many due rows a block, some of them locked. Each call takes
// time on the clock, and fails as often as it is told.
class ListedTable final : public ports::RetentionTable {
 public:
  explicit ListedTable(base::ManualClock& clock) : clock_(clock) {}

  core::RetentionFacts facts;
  std::vector<std::uint64_t> due;                 // by block
  std::map<std::uint64_t, std::uint64_t> locked;  // of these, by block
  std::uint64_t due_by_index = 0;
  std::uint64_t locked_by_index = 0;
  bool refuses_by_index = false;
  std::deque<base::Error> errors;  // of the next calls
  std::deque<core::RetentionLoad> loads;
  base::Millis a_call{1};

  std::vector<std::pair<std::uint64_t, std::uint64_t>> swept;  // ranges
  unsigned looks = 0;
  unsigned oldest_sweeps = 0;

  std::uint64_t left() const {
    std::uint64_t rows = 0;
    for (const std::uint64_t here : due) rows += here;
    return rows;
  }

  base::Result<core::RetentionFacts> look() override {
    ++looks;
    if (auto error = next_error()) return *error;
    return facts;
  }

  base::Result<Sweep> sweep_blocks(std::uint64_t first, std::uint64_t last) override {
    if (auto error = next_error()) return *error;
    swept.emplace_back(first, last);
    Sweep sweep;
    for (std::uint64_t i = first; i < std::min<std::uint64_t>(last, due.size()); ++i) {
      const std::uint64_t held = locked.contains(i) ? locked[i] : 0;
      sweep.deleted += due[i] - held;
      sweep.locked += held;
      due[i] = held;
    }
    return sweep;
  }

  base::Result<OrderedSweep> sweep_oldest(core::RetentionClause, const std::string&,
                                          std::size_t limit) override {
    if (auto error = next_error()) return *error;
    ++oldest_sweeps;
    OrderedSweep sweep;
    sweep.refused = refuses_by_index;
    if (refuses_by_index) return sweep;
    sweep.deleted = std::min<std::uint64_t>(limit, due_by_index - locked_by_index);
    due_by_index -= sweep.deleted;
    sweep.is_end = due_by_index == locked_by_index;
    return sweep;
  }

  base::Result<std::uint64_t> count_due(core::RetentionClause, std::uint64_t) override {
    if (auto error = next_error()) return *error;
    return due_by_index;
  }

  base::Result<core::RetentionLoad> load() override {
    core::RetentionLoad load;
    load.answer = base::Millis(1);
    if (!loads.empty()) {
      load = loads.front();
      loads.pop_front();
    }
    return load;
  }

 private:
  std::optional<base::Error> next_error() {
    clock_.advance(a_call);
    if (errors.empty()) return std::nullopt;
    base::Error error = errors.front();
    errors.pop_front();
    if (error.code.empty()) return std::nullopt;  // this call succeeds
    return error;
  }

  base::ManualClock& clock_;
};

}  // namespace rollcall::service

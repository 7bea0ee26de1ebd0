#pragma once

#include "adapters/postgres/roster_table.hpp"
#include "adapters/postgres/rows.hpp"
#include "base/result.hpp"
#include "ports/shared_roster_store.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall::postgres {

// A pass over a table by the places of its rows, which no index is needed for: a range of blocks a
// step, so that no step takes long, whatever is dead in the table.
class ChangesPass {
 public:
  static constexpr std::uint32_t kBlocksAStep = 256;
  static constexpr const char* kStart = "(0,0)";

  // `mark` as the pass before gave it; `cursor` as page_of() gave it, or empty for the first step.
  // Nothing for texts that came from elsewhere.
  static std::optional<ChangesPass> parse(std::string mark, std::string_view cursor);

  ChangesStep step(std::size_t limit) const;

  // The page that a step's rows make, of a pass over so many parts. Rows that name no valid member
  // are left out.
  ports::ChangesPage page_of(const Rows& rows, std::size_t limit, std::size_t parts) const;

 private:
  std::string cursor() const;

  std::string since_;  // of this pass; empty: everything
  std::string mark_;   // of the next one; known after the first step
  std::uint64_t part_ = 0;
  std::uint64_t blocks_ = 0;  // of this part, at its first step; 0: not known yet
  std::uint64_t end_block_ = kBlocksAStep;
  std::string place_ = kStart;
};

}  // namespace rollcall::postgres

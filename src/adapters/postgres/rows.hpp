#pragma once

#include "adapters/postgres/libpq.hpp"
#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace rollcall::postgres {

// The rows that a statement returned; views into them live as long as they do. Columns are asked
// for by the statements' own order, and as the types that the statements cast them to.
class Rows {
 public:
  explicit Rows(ResultPtr result) : result_(std::move(result)) {}

  std::size_t size() const;
  std::string_view text(std::size_t row, int column) const;
  std::int64_t integer(std::size_t row, int column) const;  // 0 for a null
  bool flag(std::size_t row, int column) const;             // false for a null
  bool is_null(std::size_t row, int column) const;

 private:
  ResultPtr result_;
};

// The rows of a result, or the error that it is.
base::Result<Rows> rows_of(ResultPtr result);

}  // namespace rollcall::postgres

#include "adapters/postgres/rows.hpp"

#include "adapters/postgres/errors.hpp"

#include <charconv>

namespace rollcall::postgres {

std::size_t Rows::size() const {
  return static_cast<std::size_t>(PQntuples(result_.get()));
}

std::string_view Rows::text(std::size_t row, int column) const {
  const int index = static_cast<int>(row);
  return {PQgetvalue(result_.get(), index, column),
          static_cast<std::size_t>(PQgetlength(result_.get(), index, column))};
}

std::int64_t Rows::integer(std::size_t row, int column) const {
  const std::string_view digits = text(row, column);
  std::int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

bool Rows::flag(std::size_t row, int column) const {
  return text(row, column) == "t";
}

bool Rows::is_null(std::size_t row, int column) const {
  return PQgetisnull(result_.get(), static_cast<int>(row), column) == 1;
}

base::Result<Rows> rows_of(ResultPtr result) {
  switch (PQresultStatus(result.get())) {
    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
    case PGRES_EMPTY_QUERY:
      return Rows(std::move(result));
    default:
      return error_of(*result);
  }
}

}  // namespace rollcall::postgres

#pragma once

#include "base/result.hpp"

#include <string_view>

namespace rollcall::postgres {

// What an error means for a statement that was to delete rows, by its SQLSTATE.
enum class RowFault {
  locked,   // somebody holds a row, or one that goes with it
  refused,  // a row may not go: a foreign key or a trigger says so
  other,    // it is no fault of any row
};

RowFault row_fault(std::string_view sqlstate);

// Whether the statement does not fit the table or its privileges: trying again is of no use.
bool is_misfit(std::string_view sqlstate);

}  // namespace rollcall::postgres

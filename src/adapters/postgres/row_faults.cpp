#include "adapters/postgres/row_faults.hpp"

#include <algorithm>
#include <array>

namespace rollcall::postgres {
namespace {

constexpr std::string_view kLockNotAvailable = "55P03";
constexpr std::string_view kDeadlock = "40P01";

// Classes of errors that come from the server's state or the statement. A trigger may raise any
// other one, those of its own invention too.
constexpr std::array<std::string_view, 15> kNotOfRows{
    "08", "0A", "25", "28", "3D", "3F", "40", "42", "53", "54", "55", "57", "58", "F0", "XX"};
constexpr std::array<std::string_view, 3> kMisfits{"0A", "3F", "42"};

}  // namespace

RowFault row_fault(std::string_view sqlstate) {
  if (sqlstate == kLockNotAvailable || sqlstate == kDeadlock) return RowFault::locked;
  const bool is_other =
      sqlstate.empty() || std::ranges::find(kNotOfRows, sqlstate.substr(0, 2)) != kNotOfRows.end();
  return is_other ? RowFault::other : RowFault::refused;
}

bool is_misfit(std::string_view sqlstate) {
  return std::ranges::find(kMisfits, sqlstate.substr(0, 2)) != kMisfits.end();
}

}  // namespace rollcall::postgres

#include "adapters/postgres/row_faults.hpp"

#include <gtest/gtest.h>

namespace rollcall::postgres {
namespace {

TEST(RowFaults, AreToldFromTheServersOwn) {
  for (const char* state : {"55P03", "40P01"}) EXPECT_EQ(row_fault(state), RowFault::locked);
  for (const char* state : {"23503", "23001", "P0001", "22008", "U0001", "38000"}) {
    EXPECT_EQ(row_fault(state), RowFault::refused) << state;
  }
  for (const char* state : {"", "57014", "57P01", "53100", "42P01", "25006", "40001", "08006"}) {
    EXPECT_EQ(row_fault(state), RowFault::other) << state;
  }
}

TEST(RowFaults, AMisfitIsOfTheStatement) {
  EXPECT_TRUE(is_misfit("42P01"));
  EXPECT_TRUE(is_misfit("42501"));
  EXPECT_FALSE(is_misfit("23503"));
  EXPECT_FALSE(is_misfit(""));
}

}  // namespace
}  // namespace rollcall::postgres

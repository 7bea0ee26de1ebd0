#include "base/result.hpp"

#include <memory>

#include <gtest/gtest.h>

namespace rollcall::base {
namespace {

TEST(Result, HoldsAValueOrAnError) {
  const Result<int> value = 7;
  EXPECT_TRUE(value.ok());
  EXPECT_EQ(value.value(), 7);
  const Result<int> error = Error{Errc::timeout, "late", "too late"};
  EXPECT_FALSE(error);
  EXPECT_EQ(error.error().kind, Errc::timeout);
  EXPECT_EQ(error.error().code, "late");
}

TEST(Result, GivesAwayWhatOnlyMoves) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(3);
  const std::unique_ptr<int> taken = std::move(result).value();
  EXPECT_EQ(*taken, 3);
}

}  // namespace
}  // namespace rollcall::base

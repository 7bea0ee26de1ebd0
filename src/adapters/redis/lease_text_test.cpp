#include "adapters/redis/lease_text.hpp"

#include <gtest/gtest.h>

namespace rollcall::redis {
namespace {

TEST(LeaseText, IsReadAsItWasWritten) {
  const base::WallTime started{base::Millis(1'795'379'143'511)};
  EXPECT_EQ(lease_text(started, 12), "1795379143511 12");
  const auto told = parse_lease(lease_text(started, 12));
  ASSERT_TRUE(told);
  EXPECT_EQ(told->started, started);
  EXPECT_EQ(told->connections, 12U);
}

TEST(LeaseText, TellsNothingWhereAnotherReleaseWroteAName) {
  for (const auto* text : {"", "web-1", "12", "12 ", "12 web", "12 3 4", "1 -2"}) {
    EXPECT_FALSE(parse_lease(text)) << text;
  }
}

}  // namespace
}  // namespace rollcall::redis

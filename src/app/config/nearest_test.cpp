#include "app/config/nearest.hpp"

#include <string>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace rollcall::app {
namespace {

TEST(EditDistance, CountsInsertionsDropsChangesAndSwaps) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("listn", "listen"), 1U);
  EXPECT_EQ(edit_distance("lisetn", "listen"), 1U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(EditDistance, IsTheSameBothWaysAndZeroOnlyForEqualWords) {
  EXPECT_TRUE(rc::check([](const std::string& a, const std::string& b) {
    RC_ASSERT(edit_distance(a, b) == edit_distance(b, a));
    RC_ASSERT((edit_distance(a, b) == 0) == (a == b));
  }));
}

TEST(Nearest, IsOnlyWhatWasProbablyMeant) {
  const std::vector<std::string_view> known{"serve", "migrate", "version"};
  EXPECT_EQ(nearest("srve", known), "serve");
  EXPECT_EQ(nearest("verison", known), "version");
  EXPECT_EQ(nearest("fly", known), "");
  EXPECT_EQ(nearest("", known), "");
  EXPECT_EQ(nearest(std::string(100, 'v'), known), "");
}

TEST(Suggestion, IsAQuestionOrNothing) {
  EXPECT_EQ(suggestion("srve", {"serve"}), "; did you mean serve?");
  EXPECT_EQ(suggestion("fly", {"serve"}), "");
}

}  // namespace
}  // namespace rollcall::app

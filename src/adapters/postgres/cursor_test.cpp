#include "adapters/postgres/cursor.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace rollcall::postgres {
namespace {

RC_GTEST_PROP(PostgresCursor, LeadsBackToItsMember, ()) {
  const auto member = *rc::gen::nonEmpty<std::string>();
  const auto found = member_of_cursor("sessions", cursor_after("sessions", member));
  RC_ASSERT(found.ok());
  RC_ASSERT(found.value() == member);
}

RC_GTEST_PROP(PostgresCursor, AnyOtherTextIsRefused, (const std::string& text)) {
  RC_ASSERT(!member_of_cursor("sessions", text).ok());
}

TEST(PostgresCursor, EveryChangedCharacterIsNoticed) {
  const std::string cursor = cursor_after("sessions", "ada@example.org");
  for (std::size_t i = 0; i < cursor.size(); ++i) {
    std::string tampered = cursor;
    tampered[i] = tampered[i] == 'A' ? 'B' : 'A';
    const auto found = member_of_cursor("sessions", tampered);
    ASSERT_FALSE(found.ok()) << i;
    EXPECT_EQ(found.error().kind, base::Errc::invalid_argument);
  }
  EXPECT_FALSE(member_of_cursor("sessions", cursor + "A").ok());
  EXPECT_FALSE(member_of_cursor("sessions", cursor.substr(1)).ok());
}

TEST(PostgresCursor, BelongsToItsRoster) {
  EXPECT_FALSE(member_of_cursor("b", cursor_after("a", "ada")).ok());
}

}  // namespace
}  // namespace rollcall::postgres

#include "adapters/postgres/quoting.hpp"

#include <gtest/gtest.h>

namespace rollcall::postgres {
namespace {

TEST(Quoting, NothingEndsAnIdentifier) {
  EXPECT_EQ(quoted_identifier("a"), "\"a\"");
  EXPECT_EQ(quoted_identifier("a\"; DROP TABLE b; --"), "\"a\"\"; DROP TABLE b; --\"");
  EXPECT_EQ(quoted_identifier("ä.B\\'"), "\"ä.B\\'\"");
}

TEST(Quoting, NothingEndsALiteralWhateverTheServerTakesABackslashFor) {
  EXPECT_EQ(quoted_literal("a"), "'a'");
  EXPECT_EQ(quoted_literal("'; DROP TABLE b; --"), "'''; DROP TABLE b; --'");
  EXPECT_EQ(quoted_literal("\\'"), " E'\\\\'''");
}

}  // namespace
}  // namespace rollcall::postgres

#include "adapters/postgres/table_name.hpp"

#include <string>

#include <gtest/gtest.h>

namespace rollcall::postgres {
namespace {

std::string as_sql(std::string_view name) {
  const auto sql = quoted_table(name);
  return sql.ok() ? sql.value() : sql.error().code == "table_name" ? "-" : "?";
}

TEST(TableName, IsQuotedByParts) {
  EXPECT_EQ(as_sql("active_sessions"), R"("active_sessions")");
  EXPECT_EQ(as_sql("app.Sessions"), R"("app"."Sessions")");
  EXPECT_EQ(as_sql(R"("odd.schema"."Odd ""Table""")"), R"("odd.schema"."Odd ""Table""")");
  EXPECT_EQ(as_sql(R"(x"; DROP TABLE y; --)"), "-");
  EXPECT_EQ(as_sql(R"(x; DROP TABLE y)"), R"("x; DROP TABLE y")");
}

TEST(TableName, IsRefusedWhenItIsNone) {
  for (const char* name :
       {"", ".", "a.", ".a", "a..b", "a.b.c", "\"a", "\"\"", "a\"b\"", "\"a\"b", "a\nb", "\xff"}) {
    EXPECT_EQ(as_sql(name), "-") << name;
  }
  EXPECT_EQ(as_sql(std::string(63, 'x')).size(), 65U);
  EXPECT_EQ(as_sql(std::string(64, 'x')), "-");
}

}  // namespace
}  // namespace rollcall::postgres

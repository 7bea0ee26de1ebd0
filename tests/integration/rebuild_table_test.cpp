#include "rebuild_fixture.hpp"

namespace rollcall::postgres {
namespace {

class RebuildTable : public RebuildFixture {};

TEST_F(RebuildTable, KeepsTheTableAndWhatIsNotDue) {
  make_user_sessions(5'000, 250);
  const std::string before = catalogue("\"UserSession\"");
  const std::string survivors = rows("\"UserSession\"", std::string("NOT ") + kDue);
  ASSERT_NE(survivors, rows("\"UserSession\""));
  const auto report = rebuild();
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(rows("\"UserSession\""), survivors);
  EXPECT_EQ(catalogue("\"UserSession\""), before);
  EXPECT_EQ(report.value().survivors, 297U);
  EXPECT_LT(report.value().bytes_after, report.value().bytes_before / 5);
  EXPECT_EQ(remains(), "");
}

}  // namespace
}  // namespace rollcall::postgres

#include "app/config/quote.hpp"

#include <gtest/gtest.h>

namespace rollcall::app {
namespace {

TEST(Quoted, EscapesWhatTomlAndTerminalsMind) {
  EXPECT_EQ(quoted(""), R"("")");
  EXPECT_EQ(quoted(R"(a "b" \c)"), R"("a \"b\" \\c")");
  EXPECT_EQ(quoted("line\nbell\a\x7f"), R"("line\u000abell\u0007\u007f")");
  EXPECT_EQ(quoted("caf\u00e9 \u0085 \u2603"), "\"caf\u00e9 \\u0085 \u2603\"");
}

TEST(Excerpt, IsShortAndNeverCutsACharacter) {
  EXPECT_EQ(excerpt("short"), R"("short")");
  const std::string snowmen = std::string(kMaxExcerptBytes - 1, 'a') + "\u2603\u2603";
  EXPECT_EQ(excerpt(snowmen), "\"" + std::string(kMaxExcerptBytes - 1, 'a') + "\"...");
}

TEST(Excerpt, ShowsBytesThatAreNoText) {
  EXPECT_EQ(excerpt("a\xff\x1b"), R"("a\xff\x1b")");
}

TEST(WithoutPassword, HidesWhateverMayBeOne) {
  const std::pair<const char*, const char*> cases[] = {
      {"redis://:hunter2@host:6379/0", "redis://:***@host:6379/0"},
      {"redis://app:hunter2@host", "redis://app:***@host"},
      {"redis://app:hun@ter:2@host", "redis://app:***@host"},
      {"redis://app:hun/ter?2@host/1", "redis://app:***@host/1"},
      {"redis://app:hun#ter2@host", "redis://app:***@host"},
      {"app:hunter2@host", "app:***@host"},
      {"postgresql:///app?host=/run&password=hunter2", "postgresql:///app?***"},
      {"postgres://u:hunter2@h/d?sslpassword=x", "postgres://u:***@h/d?***"}};
  for (const auto& [url, shown] : cases) {
    EXPECT_EQ(without_password(url), shown);
    EXPECT_TRUE(hides_password(url)) << url;
  }
}

TEST(WithoutPassword, LeavesTheRest) {
  for (const char* const url : {"", "redis://127.0.0.1:6379/2", "rediss://[::1]:6379",
                                "postgresql:///app?host=/run/postgresql", "redis://app@host:1"}) {
    EXPECT_EQ(without_password(url), url);
    EXPECT_FALSE(hides_password(url)) << url;
  }
}

}  // namespace
}  // namespace rollcall::app

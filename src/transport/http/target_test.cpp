#include "transport/http/target.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rollcall::http {
namespace {

using testing::ElementsAre;

TEST(SplitTarget, TakesPathAndQueryApart) {
  for (const char* text : {"/a/b?c=d?e", "http://host/a/b?c=d?e", "https://h:1/a/b?c=d?e"}) {
    const auto target = split_target(text);
    ASSERT_TRUE(target.ok()) << text;
    EXPECT_EQ(target.value().path, "/a/b");
    EXPECT_EQ(target.value().query, "c=d?e");
  }
  EXPECT_EQ(split_target("/a").value().query, "");
  EXPECT_EQ(split_target("http://host").value().path, "/");
  EXPECT_EQ(split_target("//double").value().path, "//double");
}

TEST(SplitTarget, RefusesOtherForms) {
  for (const char* text : {"", "*", "host:443", "a/b", "?a=b", "ftp://host/a", "/a#b", "/a?b#c"}) {
    EXPECT_FALSE(split_target(text).ok()) << text;
  }
}

TEST(PathSegments, AreDecodedOnce) {
  EXPECT_THAT(path_segments("/a/b%20c").value(), ElementsAre("a", "b c"));
  EXPECT_THAT(path_segments("/a%2Fb").value(), ElementsAre("a/b"));
  EXPECT_THAT(path_segments("/%252e%252e").value(), ElementsAre("%2e%2e"));
  EXPECT_THAT(path_segments("/a+b/%C3%A9").value(), ElementsAre("a+b", "\xc3\xa9"));
  EXPECT_THAT(path_segments("/...").value(), ElementsAre("..."));
  EXPECT_EQ(path_segments("/a%00b").value().front(), std::string("a\0b", 3));
}

TEST(PathSegments, RefuseWhatProxiesResolveDifferently) {
  for (const char* path : {"/", "//", "/a//b", "/a/", "/.", "/..", "/a/../b", "/%2e", "/%2E%2e/a",
                           "/.%2e", "/a/%2e%2E", "/%", "/%4", "/%4x", "/a%zz", "/%%41"}) {
    const auto segments = path_segments(path);
    ASSERT_FALSE(segments.ok()) << path;
    EXPECT_EQ(segments.error().code, "bad_path");
  }
}

TEST(QueryValue, FindsTheFirstOfItsName) {
  const auto value = [](std::string_view query, std::string_view name) {
    return query_value(query, name).value();
  };
  EXPECT_EQ(value("a=1&b=2&b=3", "b"), "2");
  EXPECT_EQ(value("ab=1&a=%31+%2B", "a"), "1++");
  EXPECT_EQ(value("a", "a"), "");
  EXPECT_EQ(value("a=", "a"), "");
  EXPECT_EQ(value("&&a==b", "a"), "=b");
  EXPECT_EQ(value("ab=1", "a"), std::nullopt);
  EXPECT_EQ(value("", "a"), std::nullopt);
  EXPECT_FALSE(query_value("a=%4", "a").ok());
  EXPECT_TRUE(query_value("b=%4", "a").ok());
}

}  // namespace
}  // namespace rollcall::http

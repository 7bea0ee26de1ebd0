#include "transport/http/session_routes.hpp"

#include <gtest/gtest.h>

namespace rollcall::http {
namespace {

TEST(CookieValue, FindsTheFirstOfItsName) {
  EXPECT_EQ(cookie_value("sid=1", "sid"), "1");
  EXPECT_EQ(cookie_value("a=b; sid=1; sid=2", "sid"), "1");
  EXPECT_EQ(cookie_value("a=b;sid=x=y", "sid"), "x=y");
  EXPECT_EQ(cookie_value(" \tsid=", "sid"), "");
  EXPECT_EQ(cookie_value("sid=\"q\"; a=b", "sid"), "q");
  EXPECT_EQ(cookie_value("sid=\"", "sid"), "\"");
}

TEST(CookieValue, TakesNoOtherNameForIt) {
  for (const char* header :
       {"", ";", ";;; ", "sid", "sid; a=b", "xsid=1", "sidx=1", "SID=1", "a=sid=1", "sid =1"}) {
    EXPECT_EQ(cookie_value(header, "sid"), std::nullopt) << header;
  }
}

}  // namespace
}  // namespace rollcall::http

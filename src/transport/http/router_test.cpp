#include "transport/http/router.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rollcall::http {
namespace {

using testing::ElementsAre;

class RouterTest : public testing::Test {
 protected:
  RouterTest() {
    for (const auto& [method, path] : std::initializer_list<std::pair<Method, const char*>>{
             {Method::get, "/"},
             {Method::get, "/fixed"},
             {Method::post, "/fixed"},
             {Method::put, "/r/{roster}/members/me"},
             {Method::put, "/r/{roster}/members/{id}"},
             {Method::get, "/r/{roster}/members/{id}"}}) {
      router_.add({method, path, Access::open, {}});
    }
  }

  // The path of the route that is found, or "".
  std::string found(Method method, std::string_view path) {
    const auto match = router_.find(method, path);
    if (!match || match.value().route == nullptr) return "";
    return match.value().route->path;
  }
  std::string allowed(Method method, std::string_view path) {
    return router_.find(method, path).value().allowed_methods;
  }

  Router router_;
};

TEST_F(RouterTest, FindsFixedPaths) {
  EXPECT_EQ(found(Method::get, "/"), "/");
  EXPECT_EQ(found(Method::post, "/fixed"), "/fixed");
  EXPECT_EQ(found(Method::get, "/Fixed"), "");
}

TEST_F(RouterTest, TheRouteThatWasAddedFirstWins) {
  EXPECT_EQ(found(Method::put, "/r/a/members/me"), "/r/{roster}/members/me");
  EXPECT_EQ(found(Method::put, "/r/a/members/you"), "/r/{roster}/members/{id}");
  EXPECT_EQ(found(Method::get, "/r/a/members/me"), "/r/{roster}/members/{id}");
}

TEST_F(RouterTest, ParametersAreDecodedSegments) {
  const auto match = router_.find(Method::put, "/r/a%2Fb/members/%6de");
  ASSERT_TRUE(match.ok());
  EXPECT_THAT(match.value().params, ElementsAre("a/b"));
  EXPECT_THAT(router_.find(Method::get, "/r/x/members/y").value().params, ElementsAre("x", "y"));
}

TEST_F(RouterTest, HeadIsServedAsGet) {
  EXPECT_EQ(found(Method::head, "/fixed"), "/fixed");
  EXPECT_EQ(found(Method::head, "/r/a/members/b"), "/r/{roster}/members/{id}");
}

TEST_F(RouterTest, AnotherMethodIsToldWhichAreAllowed) {
  for (const Method method : {Method::del, Method::options, Method::other}) {
    EXPECT_EQ(found(method, "/fixed"), "");
    EXPECT_EQ(allowed(method, "/fixed"), "GET, HEAD, POST");
    EXPECT_EQ(allowed(method, "/r/a/members/b"), "PUT, GET, HEAD");
  }
  EXPECT_EQ(allowed(Method::del, "/r/a/members/me"), "PUT, GET, HEAD");
}

TEST_F(RouterTest, UnknownPathsAllowNothing) {
  for (const char* path : {"/other", "/r", "/r/a/members", "/r/a/members/b/c"}) {
    EXPECT_EQ(found(Method::get, path), "");
    EXPECT_EQ(allowed(Method::get, path), "");
  }
  EXPECT_FALSE(router_.find(Method::get, "/r/../fixed").ok());
  EXPECT_EQ(Router().find(Method::get, "/").value().route, nullptr);
}

}  // namespace
}  // namespace rollcall::http

#include "transport/auth/identity.hpp"

#include <gtest/gtest.h>

namespace rollcall::auth {
namespace {

TEST(WatchGrant, IsForNobodyByItself) {
  EXPECT_FALSE(WatchGrant().allows("ann"));
  EXPECT_FALSE(WatchGrant::of({}).allows("ann"));
}

TEST(WatchGrant, MayBeForEveryone) {
  EXPECT_TRUE(WatchGrant::everyone().allows("ann"));
  EXPECT_TRUE(WatchGrant::of({"bob", "*"}).allows("ann"));
}

TEST(WatchGrant, NamesUsersAndPrefixes) {
  const WatchGrant grant = WatchGrant::of({"ann", "team-*", "a*b"});
  EXPECT_TRUE(grant.allows("ann"));
  EXPECT_TRUE(grant.allows("team-"));
  EXPECT_TRUE(grant.allows("team-7"));
  EXPECT_TRUE(grant.allows("a*b"));
  for (const char* user : {"anna", "an", "Ann", "team", "ateam-", "axb", ""}) {
    EXPECT_FALSE(grant.allows(user)) << user;
  }
  const WatchGrant copy = grant;
  EXPECT_TRUE(copy.allows("ann"));
}

TEST(WatchGrant, TakesThreeWordsInAConnection) {
  EXPECT_LE(sizeof(WatchGrant), 3 * sizeof(void*));
}

}  // namespace
}  // namespace rollcall::auth

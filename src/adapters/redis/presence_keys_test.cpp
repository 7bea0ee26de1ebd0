#include "adapters/redis/presence_keys.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace rollcall::redis {
namespace {

core::UserId user(std::string_view text) {
  return core::UserId::parse(text).value();
}

TEST(PresenceKeys, AreAsTheProtocolNamesThem) {
  const PresenceKeys keys("presence:");
  EXPECT_EQ(keys.live(user("ada")), "presence:ada");
  EXPECT_EQ(keys.nodes(user("ada")), "{presence:ada}:nodes");
  EXPECT_EQ(keys.state(user("a{b}%")), "{presence:a%7Bb%7D%25}:state");
  EXPECT_EQ(user_channel(user("a{b}%")), "rollcall:user:a%7Bb%7D%25");
  EXPECT_EQ(lease_key("u"), "rollcall:node:u");
  EXPECT_EQ(index_key("u"), "rollcall:node:u:users");
  EXPECT_EQ(shard_channel("u", 3), "rollcall:node:u:3");
  EXPECT_EQ(tick_key("crm"), "rollcall:tick:crm");
}

TEST(PresenceKeys, OnlyAnswersGoWhereAShardListens) {
  EXPECT_TRUE(is_shard_channel(shard_channel(core::Uuid::random().text(), 1023)));
  EXPECT_FALSE(is_shard_channel("rollcall:user:ada"));
  EXPECT_FALSE(is_shard_channel("rollcall:node:" + std::string(80, 'x')));
}

TEST(PresenceKeys, ChannelsThatNoIdMakesAreNobodys) {
  for (const char* channel :
       {"rollcall:user:", "rollcall:broadcast", "rollcall:user:%", "rollcall:user:%2",
        "rollcall:user:%41", "rollcall:user:%7b", "rollcall:user:{a}", "rollcall:user:a\n"}) {
    EXPECT_FALSE(user_of_channel(channel)) << channel;
  }
}

RC_GTEST_PROP(PresenceKeys, AChannelNamesItsUser, ()) {
  const auto text = *rc::gen::nonEmpty(
      rc::gen::container<std::string>(rc::gen::elementOf(std::string("%{}257BDabc:/*"))));
  if (text.size() > core::UserId::kMaxBytes) return;
  RC_ASSERT(user_of_channel(user_channel(user(text))) == user(text));
}

}  // namespace
}  // namespace rollcall::redis

#include "adapters/redis/endpoint.hpp"

#include <gtest/gtest.h>

namespace rollcall::redis {
namespace {

Endpoint parsed(std::string_view url) {
  const auto endpoint = parse_url(url);
  if (endpoint) return endpoint.value();
  ADD_FAILURE() << url << ": " << endpoint.error().message;
  return {};
}

TEST(ParseUrl, FillsInDefaults) {
  const Endpoint endpoint = parsed("redis://cache.internal");
  EXPECT_EQ(endpoint.host, "cache.internal");
  EXPECT_EQ(endpoint.port, 6379);
  EXPECT_EQ(endpoint.database, 0U);
  EXPECT_FALSE(endpoint.tls);
  EXPECT_TRUE(endpoint.user.empty());
  EXPECT_TRUE(endpoint.password.empty());
}

TEST(ParseUrl, ReadsEveryPart) {
  const Endpoint endpoint = parsed("rediss://app:p%40ss%2Fword@10.0.0.5:6380/7");
  EXPECT_TRUE(endpoint.tls);
  EXPECT_EQ(endpoint.user, "app");
  EXPECT_EQ(endpoint.password, "p@ss/word");
  EXPECT_EQ(endpoint.host, "10.0.0.5");
  EXPECT_EQ(endpoint.port, 6380);
  EXPECT_EQ(endpoint.database, 7U);
}

TEST(ParseUrl, TakesAPasswordWithoutAUser) {
  const Endpoint endpoint = parsed("redis://:secret@localhost/");
  EXPECT_TRUE(endpoint.user.empty());
  EXPECT_EQ(endpoint.password, "secret");
}

TEST(ParseUrl, TakesIpv6) {
  const Endpoint endpoint = parsed("redis://[::1]:7000/1");
  EXPECT_EQ(endpoint.host, "::1");
  EXPECT_EQ(endpoint.text(), "redis://[::1]:7000/1");
}

TEST(ParseUrl, TakesUnixSockets) {
  const Endpoint plain = parsed("unix:///run/redis/redis.sock");
  EXPECT_EQ(plain.path, "/run/redis/redis.sock");
  EXPECT_EQ(plain.database, 0U);
  const Endpoint full = parsed("unix://app:secret@/run/redis.sock?db=3");
  EXPECT_EQ(full.path, "/run/redis.sock");
  EXPECT_EQ(full.user, "app");
  EXPECT_EQ(full.password, "secret");
  EXPECT_EQ(full.database, 3U);
  EXPECT_EQ(full.text(), "unix:///run/redis.sock?db=3");
}

TEST(ParseUrl, ItsTextHoldsNoCredentials) {
  EXPECT_EQ(parsed("rediss://app:secret@h:1/2").text(), "rediss://h:1/2");
}

TEST(ParseUrl, RefusesOthersWithoutRepeatingAnyPart) {
  for (const std::string_view url : {"",
                                     "hunter2",
                                     "hunter2:6379",
                                     "http://:hunter2@h",
                                     "redis:hunter2",
                                     "redis://",
                                     "redis://:hunter2@",
                                     "redis://:hunter2@h:port",
                                     "redis://:hunter2@h:0",
                                     "redis://:hunter2@h:65536",
                                     "redis://:hunter2@h/one",
                                     "redis://:hunter2@h/-1",
                                     "redis://:hunter2@h/1/2",
                                     "redis://:hunter2@h/99999999999",
                                     "redis://:hunter2@h?x=1",
                                     "redis://:hunter2@h#1",
                                     "redis://:hunter2 @h",
                                     "redis://:hun%ter2@h",
                                     "redis://hunter2@h",
                                     "redis://:a#hunter2@h",
                                     "unix://host/hunter2",
                                     "unix://:hunter2@",
                                     "unix:///a?db=hunter2",
                                     "unix:///a?x=1"}) {
    const auto endpoint = parse_url(url);
    ASSERT_FALSE(endpoint.ok()) << url;
    EXPECT_EQ(endpoint.error().kind, base::Errc::invalid_argument);
    EXPECT_EQ(endpoint.error().code, "invalid_redis_url");
    EXPECT_EQ(endpoint.error().message.find("hunter2"), std::string::npos) << url;
    EXPECT_GT(endpoint.error().message.size(), 20U);
  }
}

}  // namespace
}  // namespace rollcall::redis

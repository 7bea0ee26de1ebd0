#include "transport/http/address_limits.hpp"

#include <string>

#include <gtest/gtest.h>

namespace rollcall::http {
namespace {

constexpr base::WallTime kStart{base::Millis(1'000'000)};

boost::asio::ip::address address(const std::string& text) {
  return boost::asio::ip::make_address(text);
}

TEST(AddressGroup, IsOneCustomer) {
  const auto group = [](const char* text) { return address_group(address(text)); };
  EXPECT_EQ(group("192.0.2.1"), group("::ffff:192.0.2.1"));
  EXPECT_NE(group("192.0.2.1"), group("192.0.2.2"));
  EXPECT_EQ(group("2001:db8:1:2::1"), group("2001:db8:1:2:ffff::9"));
  EXPECT_NE(group("2001:db8:1:2::1"), group("2001:db8:1:3::1"));
}

TEST(ConnectionsPerAddress, AreCountedByAddress) {
  ConnectionsPerAddress connections(2);
  const auto first = address("192.0.2.1");
  EXPECT_TRUE(connections.admit(first));
  EXPECT_TRUE(connections.admit(first));
  EXPECT_FALSE(connections.admit(first));
  EXPECT_TRUE(connections.admit(address("192.0.2.2")));
  connections.release(first);
  EXPECT_TRUE(connections.admit(first));
  EXPECT_FALSE(connections.admit(first));
}

TEST(ConnectionsPerAddress, ZeroIsNoLimit) {
  ConnectionsPerAddress connections(0);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(connections.admit(address("192.0.2.1")));
}

TEST(RatePerAddress, AllowsABurstAndRefills) {
  RatePerAddress rate(4, base::Millis(1000), 10);
  const auto client = address("192.0.2.1");
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(rate.admit(client, kStart));
  EXPECT_FALSE(rate.admit(client, kStart));
  EXPECT_FALSE(rate.admit(client, kStart + base::Millis(249)));
  EXPECT_TRUE(rate.admit(client, kStart + base::Millis(250)));
  EXPECT_FALSE(rate.admit(client, kStart + base::Millis(250)));
  const auto later = kStart + base::Millis(60'000);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(rate.admit(client, later));
  EXPECT_FALSE(rate.admit(client, later));
}

TEST(RatePerAddress, AClockThatStepsBackGivesNothing) {
  RatePerAddress rate(1, base::Millis(1000), 10);
  EXPECT_TRUE(rate.admit(address("192.0.2.1"), kStart));
  EXPECT_FALSE(rate.admit(address("192.0.2.1"), kStart - base::Millis(5000)));
}

TEST(RatePerAddress, ForgetsTheAddressUnseenForLongest) {
  RatePerAddress rate(1, base::Millis(1000), 2);
  EXPECT_TRUE(rate.admit(address("192.0.2.1"), kStart));
  EXPECT_TRUE(rate.admit(address("192.0.2.2"), kStart));
  EXPECT_FALSE(rate.admit(address("192.0.2.1"), kStart));  // seen again
  EXPECT_TRUE(rate.admit(address("192.0.2.3"), kStart));   // takes the place of the second
  EXPECT_FALSE(rate.admit(address("192.0.2.1"), kStart));
  EXPECT_TRUE(rate.admit(address("192.0.2.2"), kStart));
}

TEST(RatePerAddress, ZeroIsOff) {
  EXPECT_FALSE(RatePerAddress(0, base::Millis(1000), 0).enabled());
  EXPECT_TRUE(RatePerAddress(1, base::Millis(1000), 0).enabled());
}

}  // namespace
}  // namespace rollcall::http

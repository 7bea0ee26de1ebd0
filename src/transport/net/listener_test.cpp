#include "transport/net/listener.hpp"

#include <string>

#include <boost/asio/ip/address.hpp>
#include <gtest/gtest.h>

namespace rollcall::net {
namespace {

TEST(ResolveListen, TakesAddressesAndNames) {
  const auto resolved = [](const std::string& text) {
    const auto endpoint = resolve_listen(text).value();
    return endpoint.address().to_string() + " " + std::to_string(endpoint.port());
  };
  EXPECT_EQ(resolved("127.0.0.1:8085"), "127.0.0.1 8085");
  EXPECT_EQ(resolved("0.0.0.0:0"), "0.0.0.0 0");
  EXPECT_EQ(resolved("[::1]:65535"), "::1 65535");
  EXPECT_TRUE(resolve_listen("localhost:80").value().address().is_loopback());
}

TEST(ResolveListen, SaysWhatIsWrong) {
  const auto complaint = [](const std::string& text) {
    const auto endpoint = resolve_listen(text);
    return endpoint ? "" : endpoint.error().message;
  };
  EXPECT_EQ(complaint("127.0.0.1"), "127.0.0.1: expected HOST:PORT");
  for (const char* text : {"h:", "h:x", "h:65536", "h:-1", "h:80x", "h: 80"}) {
    EXPECT_EQ(complaint(text), std::string(text) + ": the port is not a number from 0 to 65535");
  }
  EXPECT_EQ(complaint("256.0.0.1.invalid:80"), "256.0.0.1.invalid:80: the host is not known");
}

class ListenerTest : public testing::Test {
 protected:
  boost::asio::io_context loop_{1};
  Poller poller_{loop_};
  boost::asio::ip::tcp::endpoint any_port_{boost::asio::ip::address_v4::loopback(), 0};
};

TEST_F(ListenerTest, ShardsShareAPort) {
  const auto ignore = [](int, const boost::asio::ip::address&) {};
  Listener first(poller_, ignore);
  Listener second(poller_, ignore);
  ASSERT_TRUE(first.open(any_port_).ok());
  EXPECT_NE(first.local_endpoint().port(), 0);
  EXPECT_TRUE(second.open(first.local_endpoint()).ok());
}

TEST_F(ListenerTest, APortThatIsTakenIsAClearError) {
  const auto ignore = [](int, const boost::asio::ip::address&) {};
  Listener first(poller_, ignore, Sharing::exclusive);
  Listener second(poller_, ignore, Sharing::exclusive);
  ASSERT_TRUE(first.open(any_port_).ok());
  const auto taken = second.open(first.local_endpoint());
  ASSERT_FALSE(taken.ok());
  EXPECT_NE(taken.error().message.find("Address already in use"), std::string::npos);
  first.close();
  EXPECT_TRUE(second.open(any_port_).ok());
}

}  // namespace
}  // namespace rollcall::net

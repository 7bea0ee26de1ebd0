#include "app/client/server_news.hpp"

#include <string>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace rollcall::app {
namespace {

std::string url_with(const std::string& listen, const std::string& admin = "",
                     const std::string& certificate = "") {
  ServerConfig server;
  server.listen = listen;
  server.admin_listen = admin;
  server.tls.certificate_file = certificate;
  return url_of(server);
}

TEST(ServerNews, AreAskedForOnThisMachine) {
  EXPECT_EQ(url_with("127.0.0.1:8085"), "http://127.0.0.1:8085");
  EXPECT_EQ(url_with("0.0.0.0:80"), "http://127.0.0.1:80");
  EXPECT_EQ(url_with("[::]:80"), "http://[::1]:80");
  EXPECT_EQ(url_with("[fe80::1]:80"), "http://[fe80::1]:80");
  EXPECT_EQ(url_with("presence.example:443", "", "cert.pem"), "https://presence.example:443");
  EXPECT_EQ(url_with("0.0.0.0:443", "127.0.0.1:9000", "cert.pem"), "http://127.0.0.1:9000");
}

TEST(ServerNews, AreOfOnePolicy) {
  const auto status =
      boost::json::parse(R"({"retention":[{"policy":"a"},{"policy":"b","state":"idle"}]})");
  const auto* const found = find_policy(status.get_object(), "b");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->at("state"), "idle");
  EXPECT_EQ(find_policy(status.get_object(), "c"), nullptr);
}

}  // namespace
}  // namespace rollcall::app

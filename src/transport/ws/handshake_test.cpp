#include "transport/ws/handshake.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rollcall::ws {
namespace {

using http::Header;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==";

// A good request, with one header replaced (or taken away, when `value` is empty).
http::Request request(std::string_view name = {}, std::string_view value = {}) {
  http::Request request;
  request.method = http::Method::get;
  request.headers = {{"Host", "server.example.com"},
                     {"Upgrade", "websocket"},
                     {"Connection", "Upgrade"},
                     {"Sec-WebSocket-Key", kKey},
                     {"Sec-WebSocket-Version", "13"}};
  if (name.empty()) return request;
  std::erase_if(request.headers, [&](const Header& header) { return header.name == name; });
  if (!value.empty()) request.headers.push_back({name, value});
  return request;
}

int status(std::string_view name, std::string_view value) {
  return answer_handshake(request(name, value)).status;
}

TEST(Handshake, AnswersTheExampleOfTheRfc) {
  EXPECT_EQ(accept_token(kKey), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  const http::Response response = answer_handshake(request());
  EXPECT_EQ(response.status, 101);
  EXPECT_EQ(response.fields,
            "Upgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n");
}

TEST(Handshake, TokensStandInListsAndInAnyCase) {
  EXPECT_EQ(status("Connection", "keep-alive , UPGRADE"), 101);
  EXPECT_EQ(status("Upgrade", "WebSocket"), 101);
  EXPECT_EQ(status("Upgrade", "h2c, websocket"), 101);
  EXPECT_EQ(status("Upgrade", "websockets"), 426);
  EXPECT_EQ(status("Connection", "keep-alive"), 426);
}

TEST(Handshake, WithoutAnUpgradeItSaysWhatThePathSpeaks) {
  const http::Response response = answer_handshake(request("Upgrade"));
  EXPECT_EQ(response.status, 426);
  EXPECT_THAT(response.fields, HasSubstr("Upgrade: websocket\r\n"));
  EXPECT_THAT(response.body, HasSubstr("upgrade_required"));
}

TEST(Handshake, OtherVersionsAreToldTheRightOne) {
  for (const char* version : {"", "8", "12", "13, 8", "013", "13.0"}) {
    const http::Response response = answer_handshake(request("Sec-WebSocket-Version", version));
    EXPECT_EQ(response.status, 426) << version;
    EXPECT_THAT(response.fields, HasSubstr("Sec-WebSocket-Version: 13\r\n"));
  }
}

TEST(Handshake, TheKeyIsSixteenBytes) {
  for (const char* key :
       {"", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ==a",
        "dGhlIHNhbXBsZSBub25jZR==", "dGhlIHNhbXBsZSBub25j-Q==", "dGhlIHNhbXBsZSBub25jZQQQ",
        "dGhlIHNhbXBsZSBub25jZQ==, "
        "dGhlIHNhbXBsZSBub25jZQ=="}) {
    EXPECT_EQ(status("Sec-WebSocket-Key", key), 400) << key;
  }
  http::Request twice = request();
  twice.headers.push_back({"Sec-WebSocket-Key", kKey});
  EXPECT_EQ(answer_handshake(twice).status, 400);
}

TEST(Handshake, OnlyAPlainGetOfHttp11) {
  http::Request post = request();
  post.method = http::Method::post;
  EXPECT_EQ(answer_handshake(post).status, 400);
  http::Request head = request();
  head.method = http::Method::head;
  EXPECT_EQ(answer_handshake(head).status, 400);
  http::Request old = request();
  old.minor_version = 0;
  EXPECT_EQ(answer_handshake(old).status, 400);
  http::Request full = request();
  full.body = "x";
  EXPECT_EQ(answer_handshake(full).status, 400);
}

TEST(Handshake, TakesItsSubprotocolWhenOfferedAndNoExtension) {
  http::Request asking = request();
  asking.headers.push_back({"Sec-WebSocket-Protocol", "other, rollcall.v1"});
  asking.headers.push_back({"Sec-WebSocket-Extensions", "permessage-deflate"});
  EXPECT_THAT(answer_handshake(asking).fields,
              HasSubstr("Sec-WebSocket-Protocol: rollcall.v1\r\n"));
  EXPECT_THAT(answer_handshake(asking).fields, Not(HasSubstr("Extensions")));
  EXPECT_THAT(answer_handshake(request("Sec-WebSocket-Protocol", "rollcall.v2")).fields,
              Not(HasSubstr("Protocol")));
}

}  // namespace
}  // namespace rollcall::ws

#include "transport/http/access.hpp"

#include "transport/auth/base64url.hpp"

#include <initializer_list>
#include <string>

#include <gtest/gtest.h>

namespace rollcall::http {
namespace {

const std::string kKey = "0123456789abcdef0123456789abcdef";

class AccessTest : public testing::Test {
 protected:
  base::Result<Caller> identified(std::initializer_list<Header> headers,
                                  const std::string& peer = "192.0.2.1", bool tls = false) {
    Request request;
    request.headers = headers;
    return identify(rules_, request, {boost::asio::ip::make_address(peer), tls});
  }
  // The code with which the headers are refused, or "".
  std::string refused(std::initializer_list<Header> headers, bool tls = false) {
    const auto caller = identified(headers, "192.0.2.1", tls);
    return caller ? "" : std::string(caller.error().code);
  }
  std::string address(std::string_view forwarded_for, const std::string& peer) {
    return identified({{"Host", "h"}, {"X-Forwarded-For", forwarded_for}}, peer)
        .value()
        .client.address.to_string();
  }
  std::string key_refused(std::initializer_list<Header> headers,
                          KeyPlaces places = KeyPlaces::headers) {
    Request request;
    request.headers = headers;
    const auto error = check_api_key(rules_, request, places);
    return error ? std::string(error->code) : "";
  }
  void trust(std::initializer_list<const char*> ranges) {
    for (const char* range : ranges) ASSERT_TRUE(add_trusted_proxy(rules_, range).ok()) << range;
  }

  AccessRules rules_;
};

TEST_F(AccessTest, ItsOwnPagesMayCall) {
  EXPECT_EQ(refused({{"Host", "a.example"}}), "");
  EXPECT_EQ(refused({{"Host", "a.example"}, {"Origin", "http://a.example"}}), "");
  EXPECT_EQ(refused({{"Host", "A.example:8"}, {"Origin", "http://a.EXAMPLE:8"}}), "");
  EXPECT_EQ(refused({{"Host", "a.example"}, {"Origin", "https://a.example"}}, true), "");
  EXPECT_EQ(identified({{"Host", "a"}, {"Origin", "http://a"}}).value().cors_fields, "");
}

TEST_F(AccessTest, ASocketMayOfferItsKeyAsASubprotocol) {
  rules_.api_keys = {digest_of(kKey)};
  const auto refused_with = [&](std::string_view protocols) {
    return key_refused({{"Sec-WebSocket-Protocol", protocols}}, KeyPlaces::of_a_socket);
  };
  const std::string offer = "key." + auth::encode_base64url(kKey);
  EXPECT_EQ(refused_with(offer), "");
  EXPECT_EQ(refused_with("rollcall.v1,\t" + offer), "");
  EXPECT_EQ(refused_with("rollcall.v1"), "api_key_required");
  EXPECT_EQ(refused_with("bearer." + auth::encode_base64url(kKey)), "api_key_required");
  EXPECT_EQ(refused_with("key.!"), "api_key_invalid");
  EXPECT_EQ(refused_with("key." + kKey + "!"), "api_key_invalid");
  EXPECT_EQ(refused_with("key." + auth::encode_base64url("another")), "api_key_invalid");
  EXPECT_EQ(key_refused({{"Sec-WebSocket-Protocol", offer}}), "api_key_required");
}

TEST_F(AccessTest, OtherPagesMayNot) {
  for (const char* origin : {"http://b.example", "http://a.example:81", "null", "a.example",
                             "http://a.example.b", "http://xa.example", "http://", "://"}) {
    EXPECT_EQ(refused({{"Host", "a.example"}, {"Origin", origin}}), "origin_not_allowed")
        << origin;
  }
  EXPECT_EQ(refused({{"Origin", "http://"}}), "origin_not_allowed");
  EXPECT_EQ(refused({{"Host", "a"}, {"Origin", "http://a"}}, true), "origin_not_allowed");
}

TEST_F(AccessTest, AllowedPagesGetTheirCorsHeaders) {
  rules_.allowed_origins = {"https://b.example:8443", "null"};
  const auto caller = identified({{"Host", "a"}, {"Origin", "https://b.example:8443"}});
  ASSERT_TRUE(caller.ok());
  const std::string& fields = caller.value().cors_fields;
  for (const char* line :
       {"Access-Control-Allow-Origin: https://b.example:8443\r\n", "Vary: Origin\r\n",
        "Access-Control-Allow-Credentials: true\r\n", "X-Rollcall-Next-Beat-Ms"}) {
    EXPECT_NE(fields.find(line), std::string::npos) << line;
  }
  EXPECT_FALSE(caller.value().same_site);
  EXPECT_EQ(refused({{"Host", "a"}, {"Origin", "https://b.example"}}), "origin_not_allowed");
  EXPECT_EQ(refused({{"Host", "a"}, {"Origin", "http://b.example:8443"}}), "origin_not_allowed");
  EXPECT_EQ(refused({{"Host", "a"}, {"Origin", "null"}}), "");
}

TEST_F(AccessTest, TheBrowserSaysWhetherAPageIsOfTheSameSite) {
  rules_.allowed_origins = {"http://b"};
  const auto same_site = [&](std::initializer_list<Header> headers) {
    return identified(headers).value().same_site;
  };
  EXPECT_TRUE(same_site({{"Host", "a"}}));
  EXPECT_TRUE(same_site({{"Host", "a"}, {"Origin", "http://a"}}));
  EXPECT_FALSE(same_site({{"Host", "a"}, {"Origin", "http://b"}}));
  EXPECT_FALSE(same_site({{"Host", "a"}, {"Sec-Fetch-Site", "cross-site"}}));
  for (const char* site : {"same-origin", "same-site", "none"}) {
    EXPECT_TRUE(same_site({{"Host", "a"}, {"Origin", "http://b"}, {"Sec-Fetch-Site", site}}));
  }
}

TEST_F(AccessTest, DevServesThisMachineOnly) {
  rules_.dev = true;
  for (const char* host : {"localhost", "LOCALHOST:80", "127.0.0.1", "127.9.9.9:1", "[::1]:80"}) {
    EXPECT_EQ(refused({{"Host", host}}), "") << host;
    const std::string origin = "http://" + std::string(host);
    EXPECT_EQ(refused({{"Host", "localhost"}, {"Origin", origin}}), "") << host;
  }
  for (const char* host : {"a.example", "localhost.a.example", "127.0.0.1.a.example", "10.0.0.1",
                           "[::1].a.example", "[::2]", "[::1", "", "0.0.0.0"}) {
    EXPECT_EQ(refused({{"Host", host}}), "dev_is_local") << host;
  }
  EXPECT_EQ(refused({}), "dev_is_local");
  for (const char* origin : {"http://a.example", "null", "http://127.0.0.1.a.example"}) {
    EXPECT_EQ(refused({{"Host", "localhost"}, {"Origin", origin}}), "dev_is_local") << origin;
  }
  for (const char* name : {"Forwarded", "X-Forwarded-For", "x-forwarded-host", "X-Forwarded-Proto",
                           "X-Real-IP", "Via"}) {
    EXPECT_EQ(refused({{"Host", "localhost"}, {name, ""}}), "dev_is_local") << name;
  }
}

TEST_F(AccessTest, ForwardedAddressesAreBelievedFromTrustedProxiesOnly) {
  trust({"10.0.0.0/8", "192.0.2.7", "fd00::/8"});
  EXPECT_EQ(address("198.51.100.1", "203.0.113.9"), "203.0.113.9");
  EXPECT_EQ(address("198.51.100.1", "10.1.2.3"), "198.51.100.1");
  EXPECT_EQ(address("198.51.100.1", "192.0.2.7"), "198.51.100.1");
  EXPECT_EQ(address("198.51.100.1", "192.0.2.8"), "192.0.2.8");
  EXPECT_EQ(address("198.51.100.1", "::ffff:10.1.2.3"), "198.51.100.1");
  EXPECT_EQ(address("2001:db8::1", "fd00::5"), "2001:db8::1");
  EXPECT_EQ(address("198.51.100.1", "fe00::5"), "fe00::5");
}

TEST_F(AccessTest, TheLastAddressThatNoProxyVouchesForIsTheClient) {
  trust({"10.0.0.0/8"});
  EXPECT_EQ(address("198.51.100.1, 10.0.0.2", "10.0.0.1"), "198.51.100.1");
  EXPECT_EQ(address("127.0.0.1, 198.51.100.1,10.0.0.2", "10.0.0.1"), "198.51.100.1");
  EXPECT_EQ(address("10.0.0.3, 10.0.0.2", "10.0.0.1"), "10.0.0.3");
  EXPECT_EQ(address("198.51.100.1, ::ffff:10.0.0.2", "10.0.0.1"), "198.51.100.1");
  EXPECT_EQ(address("198.51.100.1, garbage, 10.0.0.2", "10.0.0.1"), "10.0.0.2");
  EXPECT_EQ(address("", "10.0.0.1"), "10.0.0.1");
  const auto two_lines = identified(
      {{"X-Forwarded-For", "198.51.100.1"}, {"x-forwarded-for", "10.0.0.2"}}, "10.0.0.1");
  EXPECT_EQ(two_lines.value().client.address.to_string(), "198.51.100.1");
}

TEST_F(AccessTest, ATrustedProxySaysWhetherTheClientUsesTls) {
  trust({"10.0.0.1"});
  const std::initializer_list<Header> headers = {{"Host", "a"}, {"X-Forwarded-Proto", "https"}};
  EXPECT_TRUE(identified(headers, "10.0.0.1").value().client.tls);
  EXPECT_FALSE(identified(headers, "10.0.0.2").value().client.tls);
  EXPECT_TRUE(identified({{"Host", "a"}}, "10.0.0.2", true).value().client.tls);
}

TEST_F(AccessTest, TrustedRangesMustBeWellFormed) {
  for (const char* range : {"", "10.0.0.0/33", "10.0.0/8", "host", "fd00::/129", "1.2.3.4/"}) {
    EXPECT_FALSE(add_trusted_proxy(rules_, range).ok()) << range;
  }
}

TEST_F(AccessTest, ApiKeysOpenRoutes) {
  EXPECT_EQ(key_refused({{"X-API-Key", kKey}}), "api_key_not_configured");
  rules_.api_keys = {digest_of("another"), digest_of(kKey)};
  const std::string bearer = "Bearer " + kKey;
  EXPECT_EQ(key_refused({{"X-API-Key", kKey}}), "");
  EXPECT_EQ(key_refused({{"Authorization", bearer}}), "");
  EXPECT_EQ(key_refused({{"authorization", "bEARER  " + kKey}}), "");
  EXPECT_EQ(key_refused({{"Authorization", "Basic eDp5"}, {"X-API-Key", kKey}}), "");
  EXPECT_EQ(key_refused({}), "api_key_required");
  EXPECT_EQ(key_refused({{"Authorization", "Bearer "}}), "api_key_required");
  EXPECT_EQ(key_refused({{"Authorization", kKey}}), "api_key_required");
  EXPECT_EQ(key_refused({{"X-API-Key", kKey + "x"}}), "api_key_invalid");
  EXPECT_EQ(key_refused({{"Authorization", "Bearer wrong"}, {"X-API-Key", kKey}}),
            "api_key_invalid");
  rules_.dev = true;
  EXPECT_EQ(key_refused({}), "");
}

}  // namespace
}  // namespace rollcall::http

#include "app/config/text_checks.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace rollcall::app {
namespace {

using Refusals = std::vector<std::pair<std::string, std::string>>;

void expect_accepted(TextCheck check, const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    EXPECT_EQ(check(text).value_or("accepted"), "accepted") << text;
  }
}

void expect_refused(TextCheck check, const Refusals& refusals) {
  for (const auto& [text, complaint] : refusals) {
    EXPECT_EQ(check(text).value_or("accepted"), complaint) << text;
  }
}

TEST(Endpoint, IsAHostAndAPort) {
  expect_accepted(check_endpoint, {"127.0.0.1:8085", "0.0.0.0:0", "localhost:80", "[::1]:8085",
                                   "[fd00::1]:65535", "node-1.example.com:8085"});
  const auto endpoint = parse_endpoint("[::1]:8085");
  ASSERT_TRUE(endpoint.ok());
  EXPECT_EQ(endpoint.value().host, "::1");
  EXPECT_EQ(endpoint.value().port, 8085);
}

TEST(Endpoint, TellsWhatIsMissing) {
  const std::string forms = ": give HOST:PORT, such as 127.0.0.1:8085 or [::1]:8085";
  expect_refused(
      check_endpoint,
      {{"8085", R"("8085" has no port)" + forms},
       {"localhost", R"("localhost" has no port)" + forms},
       {"localhost:", R"("localhost:" has no port from 0 to 65535)" + forms},
       {"localhost:http", R"("localhost:http" has no port from 0 to 65535)" + forms},
       {"localhost:65536", R"("localhost:65536" has no port from 0 to 65535)" + forms},
       {"localhost:-1", R"("localhost:-1" has no port from 0 to 65535)" + forms},
       {":8085", R"(":8085" has no host (0.0.0.0 is every address))" + forms},
       {"::1:8085", R"("::1:8085" holds an IPv6 address without brackets, or a scheme)" + forms},
       {"http://a:80",
        R"("http://a:80" holds an IPv6 address without brackets, or a scheme)" + forms},
       {"[127.0.0.1]:1", R"("[127.0.0.1]:1" holds no IPv6 address in its brackets)" + forms},
       {"256.0.0.1:1", R"("256.0.0.1:1" holds no valid host)" + forms},
       {"two words:1", R"("two words:1" holds no valid host)" + forms}});
}

TEST(Loopback, IsThisMachineAlone) {
  for (const char* const host : {"127.0.0.1", "127.9.9.9", "::1", "localhost", "LocalHost"}) {
    EXPECT_TRUE(is_loopback(host)) << host;
  }
  for (const char* const host : {"0.0.0.0", "::", "10.0.0.1", "example.com", "::2", ""}) {
    EXPECT_FALSE(is_loopback(host)) << host;
  }
}

TEST(Origin, IsWhatBrowsersSend) {
  expect_accepted(check_origin, {"https://app.example.com", "http://localhost:3000",
                                 "http://127.0.0.1:8080", "https://[::1]:8443", "http://[::1]",
                                 "capacitor://localhost", "https://example.com:80"});
  const std::string forms = ": give an exact origin, such as https://app.example.com";
  expect_refused(
      check_origin,
      {{"*", R"("*" holds a wildcard)" + forms},
       {"https://*.example.com", R"("https://*.example.com" holds a wildcard)" + forms},
       {"app.example.com", R"("app.example.com" has no scheme)" + forms},
       {"null", R"("null" has no scheme)" + forms},
       {"https://a.com/", R"("https://a.com/" has a path)" + forms},
       {"https://a.com/x", R"("https://a.com/x" has a path)" + forms},
       {"https://a.com?x", R"("https://a.com?x" has a path)" + forms},
       {"https://u@a.com", R"("https://u@a.com" names a user)" + forms},
       {"https://A.com", R"("https://A.com" has capital letters, which no browser sends)" + forms},
       {"https://", R"("https://" has no valid host and port)" + forms},
       {"https://a.com:0", R"("https://a.com:0" has no valid host and port)" + forms},
       {"https://a.com:443",
        R"("https://a.com:443" names the default port, which browsers leave out)" + forms},
       {"http://a.com:80",
        R"("http://a.com:80" names the default port, which browsers leave out)" + forms}});
}

TEST(Cidr, IsANetworkWithItsPrefix) {
  expect_accepted(check_cidr, {"10.0.0.0/8", "192.168.1.7/32", "0.0.0.0/0", "fd00::/8", "::1/128",
                               "10.128.0.0/9"});
  expect_refused(
      check_cidr,
      {{"proxy", R"("proxy" is no network: give one such as 10.0.0.0/8 or fd00::/8)"},
       {"10.0.0/8", R"("10.0.0/8" is no network: give one such as 10.0.0.0/8 or fd00::/8)"},
       {"10.0.0.1", R"("10.0.0.1" has no prefix length: for this address alone give 10.0.0.1/32)"},
       {"::1", R"("::1" has no prefix length: for this address alone give ::1/128)"},
       {"10.0.0.0/33", R"("10.0.0.0/33" has no prefix length from 0 to 32)"},
       {"10.0.0.0/", R"("10.0.0.0/" has no prefix length from 0 to 32)"},
       {"fd00::/129", R"("fd00::/129" has no prefix length from 0 to 128)"},
       {"10.1.2.3/8", R"("10.1.2.3/8" has bits beyond its prefix: the network is 10.0.0.0/8)"},
       {"fd00::1/64", R"("fd00::1/64" has bits beyond its prefix: the network is fd00::/64)"}});
}

TEST(Urls, AreThoseThatTheAdaptersReadAndNeverRepeatThePassword) {
  expect_accepted(check_redis_url, {"redis://127.0.0.1", "rediss://:secret@redis.example.com:1/2",
                                    "unix:///run/redis.sock"});
  expect_accepted(check_postgres_url, {"postgresql:///app", "postgres://u:p@h:5432/d",
                                       "postgresql://h/d?application_name=x"});
  expect_refused(
      check_redis_url,
      {{"localhost:6379", "it must begin with redis://, rediss:// or unix://"},
       {"rdis://:hunter2@host", "it must begin with redis://, rediss:// or unix://"},
       {"redis://", "the host is missing"},
       {"redis://:hunter 2@host",
        "not a URL (in user and password, all but letters and digits must be written as %XX)"}});
  expect_refused(
      check_postgres_url,
      {{"host=db password=hunter2", "must begin with postgresql:// or postgres://"},
       {"postgresql://u:hunter2@h@h/d", "has a second @: write an @ of the password as %40"},
       {"postgresql://h/d?hunter=2",
        "is not of the form postgresql://user:password@host:port/database"},
       {std::string("postgresql://h\0", 15), "holds a control character"}});
}

TEST(TableName, IsReadAsPeopleWriteIt) {
  expect_accepted(check_table_name, {"active_sessions", "app.sessions", R"("Odd"."Ta.ble")"});
  const char* complaint = R"(is no name of a table: give name, schema.name or "schema"."name")";
  expect_refused(check_table_name, {{"a.b.c", complaint}, {"\"a", complaint}});
}

TEST(CookieName, IsAToken) {
  expect_accepted(check_cookie_name, {"user_session_id", "__Host-sid"});
  expect_refused(
      check_cookie_name,
      {{"a b", R"("a b" is no name for a cookie: give up to 64 letters, digits, - or _)"},
       {"a;b", R"("a;b" is no name for a cookie: give up to 64 letters, digits, - or _)"}});
  EXPECT_TRUE(check_cookie_name(std::string(65, 'a')));
}

TEST(Names, AreFitForAUrl) {
  expect_accepted(check_name, {"crm_navbar", "a", "Team-1.eu"});
  expect_refused(check_name,
                 {{"a/b", R"("a/b" is no name: give up to 64 letters, digits, _, - or .)"},
                  {"..", R"(".." is no name: give up to 64 letters, digits, _, - or .)"}});
  EXPECT_TRUE(check_name(std::string(65, 'a')));
}

TEST(KeysAndLabels, AreShortAndWithoutControlCharacters) {
  expect_accepted(check_redis_key, {"crm_navbar:live_users", "{tag}:x", "caf\u00e9"});
  expect_refused(check_redis_key, {{"a\nb", "holds a control character"},
                                   {std::string(257, 'k'), "is longer than 256 bytes"}});
  expect_refused(check_label, {{"a\tb", "holds a control character"},
                               {std::string(129, 'n'), "is longer than 128 bytes"}});
}

TEST(ApiKeys, AreLongAndVisible) {
  expect_accepted(check_api_key, {"0123456789abcdef"});
  const std::string guessed =
      "is under 16 bytes, which can be guessed: make one with \"openssl rand -hex 32\"";
  expect_refused(check_api_key,
                 {{"", guessed},
                  {"0123456789abcde", guessed},
                  {"0123456789 abcdef",
                   "holds a character that cannot travel in a header: use visible ASCII"},
                  {std::string(513, 'k'), "is over 512 bytes"}});
}

TEST(TextChecks, TokenSecrets) {
  expect_accepted(check_token_secret, {"0123456789abcdef0123456789abcdef", std::string(32, '\0')});
  expect_refused(
      check_token_secret,
      {{"0123456789abcdef0123456789abcde",
        "is under 32 bytes, which can be guessed: make one with \"openssl rand -hex 32\""},
       {"-----BEGIN PUBLIC KEY-----\nMCowBQYDK2Vw",
        "is a PEM: a public key is no secret; give it as auth.public_key_file, with its "
        "auth.algorithm"}});
}

}  // namespace
}  // namespace rollcall::app

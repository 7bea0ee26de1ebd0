#include "app/doctor/browser_judgement.hpp"

#include "app/doctor/report.hpp"

#include <gtest/gtest.h>

namespace rollcall::app {
namespace {

constexpr const char* kShop = "https://shop.example";
constexpr const char* kCookie =
    "user_session_id=u; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure";

Answer answer(int status, HttpFields fields = {}, std::string body = R"({"online":1})") {
  fields.insert(fields.end(), {{"X-Rollcall-Source", "memory"},
                               {"X-Rollcall-Certainty", "exact"},
                               {"X-Rollcall-Next-Beat-Ms", "1000"}});
  return {Fetched{.status = status, .body = std::move(body), .fields = std::move(fields)}};
}

Answer refused(int status, const std::string& code) {
  return answer(status, {}, R"({"error":{"code":")" + code + R"(","message":"m"}})");
}

std::string frame(std::string_view payload, char opcode = '\x81') {
  return std::string{opcode, static_cast<char>(payload.size())} + std::string(payload);
}

Answer opened(std::string behind) {
  return {Fetched{.status = 101,
                  .fields = {{"Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="},
                             {"sec-websocket-protocol", "rollcall.v1"}},
                  .behind = std::move(behind)}};
}

const std::string kWelcome = frame(R"({"type":"rollcall.welcome"})");

BrowserAnswers healthy() {
  BrowserAnswers browser;
  browser.url = "https://presence.example";
  browser.is_proxied = true;
  browser.beat = answer(200, {{"Set-Cookie", kCookie}});
  browser.next_beat = answer(200);
  browser.own_page = answer(200);
  browser.foreign_page = refused(403, "origin_not_allowed");
  browser.allowed = {{kShop,
                      answer(200, {{"Access-Control-Allow-Origin", kShop},
                                   {"Access-Control-Allow-Credentials", "true"},
                                   {"Access-Control-Expose-Headers",
                                    "X-Rollcall-Source, X-Rollcall-Certainty, "
                                    "X-Rollcall-Next-Beat-Ms"}}),
                      answer(204, {{"Access-Control-Allow-Methods", "DELETE, POST"}})}};
  browser.socket = opened(kWelcome + frame("", '\x89'));
  browser.has_token = true;
  browser.wait = base::Millis(59'000);
  return browser;
}

Config trusting() {
  Config config;
  config.server.trusted_proxies = {"10.0.0.0/8"};
  return config;
}

std::vector<Finding> judged(const BrowserAnswers& browser, const Config& config = trusting()) {
  Findings findings("browser");
  judge(browser, config, findings);
  return findings.all();
}

Severity severity(const BrowserAnswers& browser, std::string_view check) {
  for (const Finding& finding : judged(browser)) {
    if (finding.check == check) return finding.severity;
  }
  ADD_FAILURE() << "nothing about " << check << ":\n" << report_text(judged(browser));
  return Severity::ok;
}

TEST(BrowserJudgement, FindsNothingWrongWithAHealthyOne) {
  EXPECT_EQ(worst_of(judged(healthy())), Severity::ok) << report_text(judged(healthy()));
}

TEST(BrowserJudgement, TellsRefusedBeatsApart) {
  BrowserAnswers browser = healthy();
  for (const Answer& beat : {answer(301), refused(403, "dev_is_local"), refused(503, "overloaded"),
                             refused(403, "origin_not_allowed"), answer(502, {}, "<html>"),
                             answer(404, {}, "<html>"), answer(200, {}, "<html>")}) {
    browser.beat = beat;
    EXPECT_EQ(severity(browser, "beat"), Severity::problem) << beat.status();
  }
  browser.beat = refused(429, "rate_limited");
  EXPECT_EQ(severity(browser, "beat"), Severity::warning);
  browser.beat = {std::nullopt, "connection refused"};
  ASSERT_EQ(judged(browser).size(), 1U);
  EXPECT_EQ(severity(browser, "reachable"), Severity::problem);
}

TEST(BrowserJudgement, ACookieMustArriveAndComeBack) {
  BrowserAnswers browser = healthy();
  browser.beat = answer(200);
  EXPECT_EQ(severity(browser, "cookie"), Severity::problem);
  browser = healthy();
  browser.next_beat = browser.beat;
  EXPECT_EQ(severity(browser, "cookie"), Severity::problem);
  browser = healthy();
  browser.beat =
      answer(200, {{"Set-Cookie", "user_session_id=u; Path=/; HttpOnly; SameSite=Lax"}});
  EXPECT_EQ(severity(browser, "cookie"), Severity::problem) << "not Secure, though by https";
  browser.url = "http://presence.example";
  EXPECT_EQ(severity(browser, "cookie"), Severity::ok);
  browser.beat = answer(200, {{"Set-Cookie", kCookie}});
  EXPECT_EQ(severity(browser, "cookie"), Severity::problem) << "Secure, though by http";
  browser.beat =
      answer(200, {{"Set-Cookie", "user_session_id=u; Path=/api; HttpOnly; SameSite=Lax"}});
  EXPECT_EQ(severity(browser, "cookie"), Severity::warning);
}

TEST(BrowserJudgement, OriginsPassOrNotAsTheyShould) {
  BrowserAnswers browser = healthy();
  browser.own_page = refused(403, "origin_not_allowed");
  EXPECT_EQ(severity(browser, "origin"), Severity::problem);
  browser = healthy();
  browser.foreign_page = answer(200);
  EXPECT_EQ(severity(browser, "foreign origin"), Severity::problem);
  const std::string check = std::string("origin ") + kShop;
  browser = healthy();
  browser.allowed[0].online = refused(403, "origin_not_allowed");
  EXPECT_EQ(severity(browser, check), Severity::problem);
  browser = healthy();
  browser.allowed[0].online.got->fields.emplace_back("access-control-allow-origin", "*");
  EXPECT_EQ(severity(browser, check), Severity::problem) << "twice";
  browser = healthy();
  browser.allowed[0].online = answer(200, {{"Access-Control-Allow-Origin", "*"}});
  EXPECT_EQ(severity(browser, check), Severity::problem) << "no credentials";
  browser = healthy();
  browser.allowed[0].online = answer(200);
  EXPECT_EQ(severity(browser, check), Severity::problem) << "its headers were taken away";
  browser.allowed[0].origin = browser.url;
  EXPECT_EQ(severity(browser, "origin " + browser.url), Severity::note);
  browser.foreign_page = answer(200, {}, "<html>");
  for (const Finding& finding : judged(browser)) EXPECT_NE(finding.check, "foreign origin");
  browser = healthy();
  browser.allowed[0].preflight = answer(404);
  EXPECT_EQ(severity(browser, check), Severity::warning);
}

TEST(BrowserJudgement, UntrustedProxiesMakeAllVisitorsOne) {
  Config config;
  Findings findings("browser");
  judge(healthy(), config, findings);
  EXPECT_EQ(worst_of(findings.all()), Severity::warning);
  config.sessions.rate_limit = 5;
  judge(healthy(), config, findings);
  EXPECT_EQ(worst_of(findings.all()), Severity::problem);
  config.server.listen = "0.0.0.0:443";
  Findings direct("browser");
  judge(healthy(), config, direct);
  EXPECT_EQ(worst_of(direct.all()), Severity::note) << "there may be none";
}

TEST(BrowserJudgement, AWebSocketOpensWholeOrNot) {
  BrowserAnswers browser = healthy();
  for (const Answer& socket : {refused(426, "upgrade_required"), refused(401, "token_required"),
                               refused(403, "origin_not_allowed"), answer(502), opened("")}) {
    browser.socket = socket;
    EXPECT_EQ(severity(browser, "websocket"), Severity::problem) << socket.status();
  }
  browser.socket = refused(401, "token_required");
  browser.has_token = false;
  EXPECT_EQ(severity(browser, "websocket"), Severity::note);
}

TEST(BrowserJudgement, ASilentWebSocketMustStandUntilItsPing) {
  BrowserAnswers browser = healthy();
  browser.socket = opened(kWelcome);
  EXPECT_EQ(severity(browser, "idle timeout"), Severity::warning);
  browser.socket.got->was_closed = true;
  EXPECT_EQ(severity(browser, "idle timeout"), Severity::problem);
  browser.wait = base::Millis(0);
  EXPECT_EQ(severity(browser, "idle timeout"), Severity::note);
}

TEST(BrowserAnswers, APingIsFoundBehindFramesOfAnyLength) {
  const std::string long_frame = std::string("\x81\x7e\x01\x00", 4) + std::string(256, '\x89');
  EXPECT_FALSE(has_ping(""));
  EXPECT_FALSE(has_ping(long_frame));
  EXPECT_FALSE(has_ping(long_frame.substr(0, 100)));
  EXPECT_TRUE(has_ping(long_frame + frame("", '\x89')));
  EXPECT_FALSE(has_ping(long_frame + frame("\x89", '\x8a')));
}

TEST(BrowserAnswers, TheListenersUrlIsOfThisMachine) {
  Config config;
  EXPECT_EQ(listen_url(config), "http://127.0.0.1:8085");
  config.server.listen = "0.0.0.0:80";
  EXPECT_EQ(listen_url(config), "http://127.0.0.1:80");
  config.server.listen = "[::]:443";
  config.server.tls.certificate_file = "cert.pem";
  EXPECT_EQ(listen_url(config), "https://[::1]:443");
}

}  // namespace
}  // namespace rollcall::app

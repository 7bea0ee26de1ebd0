#include "app/doctor/browser_judgement.hpp"

#include <string>
#include <string_view>

#include <fmt/format.h>

namespace rollcall::app {
namespace {

constexpr std::string_view kAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";  // of the key that was sent
constexpr std::string_view kUpgrade =
    "let the proxy upgrade: proxy_http_version 1.1, and the headers Upgrade and Connection "
    "(deploy/nginx.conf)";

double in_seconds(base::Millis time) {
  return std::chrono::duration<double>(time).count();
}

void judge_refusal(const BrowserAnswers& browser, Findings& findings) {
  const Answer& socket = browser.socket;
  const std::string code = socket.error_code();
  const std::string what = socket.got ? fmt::format("the opening of a WebSocket answers {}{}{}",
                                                    socket.status(), code.empty() ? "" : " ", code)
                                      : socket.failure;
  if (code == "upgrade_required" || code == "bad_handshake" || code == "unsupported_version") {
    return findings.problem("websocket", what + ": the upgrade is lost on its way",
                            std::string(kUpgrade));
  }
  if (socket.status() == 401 && !browser.has_token) {
    return findings.note("websocket", "not tried beyond the token, for there is none to try with",
                         "--token-file FILE, with a token of your application's (rollcall token "
                         "makes one)");
  }
  if (socket.status() == 401) {
    return findings.problem("websocket", what + ", though the token is right by these settings",
                            "is [auth] the server's? Does the proxy pass Sec-WebSocket-Protocol, "
                            "which carries a browser's token?");
  }
  if (code == "origin_not_allowed") {
    return findings.problem("websocket", what,
                            "add the page's origin to server.allowed_origins, or let the proxy "
                            "pass the client's Host");
  }
  findings.problem("websocket", what, std::string(kUpgrade));
}

void judge_wait(const BrowserAnswers& browser, const Config& config, Findings& findings) {
  const Fetched& got = *browser.socket.got;
  const double ping_s = in_seconds(config.realtime.ping);
  if (has_ping(got.behind)) {
    return findings.ok("idle timeout", fmt::format("a silent WebSocket stands until its ping, "
                                                   "{:.0f} s",
                                                   in_seconds(got.held_for)));
  }
  if (!got.was_closed) {
    return findings.warning(
        "idle timeout", fmt::format("no ping arrived in {:.0f} s", in_seconds(got.held_for)),
        "is realtime.ping the server's? Does the proxy buffer what it passes?");
  }
  findings.problem(
      "idle timeout",
      fmt::format("a silent WebSocket is closed after {:.0f} s, before its ping at "
                  "{:.0f} s",
                  in_seconds(got.held_for), ping_s),
      fmt::format("let the proxy wait longer: proxy_read_timeout and "
                  "proxy_send_timeout {:.0f}s (nginx), timeout tunnel (HAProxy), idle "
                  "timeout of a load balancer; or a shorter realtime.ping",
                  ping_s + in_seconds(config.realtime.pong_wait)));
}

}  // namespace

void judge_socket(const BrowserAnswers& browser, const Config& config, Findings& findings) {
  if (browser.socket.status() != 101) return judge_refusal(browser, findings);
  const Fetched& got = *browser.socket.got;
  if (got.field("Sec-WebSocket-Accept") != kAccept) {
    return findings.problem("websocket", "the upgrade is answered, and not by rollcall",
                            std::string(kUpgrade));
  }
  if (browser.has_token && got.field("Sec-WebSocket-Protocol") != "rollcall.v1") {
    return findings.problem("websocket", "the subprotocol is lost, and browsers then close",
                            "let the proxy pass Sec-WebSocket-Protocol both ways");
  }
  if (!has_welcome(got.behind)) {
    return findings.problem("websocket", "it opens, and the server's welcome does not arrive",
                            "let the proxy pass bytes as they come (proxy_buffering off); does "
                            "Redis let the server subscribe?");
  }
  findings.ok("websocket", "a WebSocket opens, and the server's welcome arrives");
  if (browser.wait.count() > 0) return judge_wait(browser, config, findings);
  findings.note("idle timeout",
                fmt::format("not tried: whether a WebSocket that is silent until its ping, for "
                            "{:.0f} s, is left alone",
                            in_seconds(config.realtime.ping)),
                "--wait holds one for as long");
}

}  // namespace rollcall::app

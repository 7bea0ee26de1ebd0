#include "app/doctor/browser_judgement.hpp"

#include "app/config/text_checks.hpp"

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace rollcall::app {
namespace {

constexpr std::string_view kExposed[] = {"X-Rollcall-Source", "X-Rollcall-Certainty",
                                         "X-Rollcall-Next-Beat-Ms"};
constexpr std::string_view kProxyHost =
    "let the proxy pass the client's Host: proxy_set_header Host $http_host (nginx); or add the "
    "origin to server.allowed_origins";

bool is_secure(const BrowserAnswers& browser) {
  return browser.url.starts_with("https://");
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

bool names(std::string_view list, std::string_view what) {
  return lower(list).find(lower(what)) != std::string::npos;
}

// The answer of a rollcall, and not of something else at its address.
bool is_count(const Answer& answer) {
  return answer.status() == 200 && names(answer.got->body, "\"online\":");
}

void judge_refused_beat(const Answer& beat, Findings& findings) {
  const int status = beat.status();
  const std::string code = beat.error_code();
  const std::string what = fmt::format("POST /api/sessions/activity answers {}{}{}", status,
                                       code.empty() ? "" : " ", code);
  if (status >= 300 && status < 400) {
    return findings.problem("beat",
                            fmt::format("{}, to {}: a browser may drop the body on its way", what,
                                        beat.got->field("Location")),
                            "let pages use the URL that it redirects to");
  }
  if (code == "dev_is_local") {
    return findings.problem("beat",
                            what +
                                ": the server runs with --dev, which serves its own "
                                "machine only",
                            "start it without --dev");
  }
  if (code == "origin_not_allowed") {
    return findings.problem("beat", what + ", though the page is of the same site",
                            std::string(kProxyHost));
  }
  if (status == 429) {
    return findings.warning("beat", what + ": this address beats too often",
                            "raise sessions.rate_limit or sessions.minted_per_minute; behind a "
                            "proxy all visitors share one, unless server.trusted_proxies names "
                            "the proxy");
  }
  if (!code.empty()) {
    return findings.problem("beat", what, "the server's log says why; docs/outages.md");
  }
  findings.problem("beat", what + ", and not in the words of rollcall",
                   status >= 500
                       ? "the proxy does not reach the server: compare its upstream with "
                         "server.listen"
                       : "pass the paths under /api/ to rollcall (deploy/nginx.conf)");
}

void judge_cookie(const BrowserAnswers& browser, const Config& config, Findings& findings) {
  const CookieSet cookie = cookie_set(browser.beat, config.sessions.cookie);
  if (cookie.value.empty()) {
    return findings.problem("cookie", "a visitor without a sessionId gets no cookie",
                            "let the proxy pass Set-Cookie; is sessions.cookie the server's?");
  }
  if (!cookie_set(browser.next_beat, config.sessions.cookie).value.empty()) {
    return findings.problem("cookie",
                            "the cookie does not come back to the server: each beat is a new "
                            "visitor",
                            "let the proxy pass the header Cookie, and cache no POST");
  }
  if (is_secure(browser) && !names(cookie.attributes, "; Secure")) {
    return findings.problem(
        "cookie", "the cookie of an https page is not Secure: the server does not know of the TLS",
        "let the proxy send X-Forwarded-Proto, and name its address in server.trusted_proxies");
  }
  if (!is_secure(browser) && names(cookie.attributes, "; Secure")) {
    return findings.problem("cookie",
                            "the cookie is Secure, and browsers keep none such over http",
                            "serve the page by https, or let the proxy tell X-Forwarded-Proto as "
                            "it is");
  }
  for (const std::string_view attribute : {"; Path=/", "; SameSite=Lax", "; HttpOnly"}) {
    if (names(cookie.attributes + ";", std::string(attribute) + ";")) continue;
    return findings.warning("cookie",
                            fmt::format("the cookie arrives without {}", attribute.substr(2)),
                            "let the proxy leave Set-Cookie as it is (proxy_cookie_path, "
                            "proxy_cookie_flags)");
  }
  findings.ok("cookie", "a visitor gets a cookie, and is known by it at the next beat");
}

void judge_beat(const BrowserAnswers& browser, const Config& config, Findings& findings) {
  const Answer& beat = browser.beat;
  if (!is_count(beat)) return judge_refused_beat(beat, findings);
  findings.ok("beat", "a page of the same site is counted");
  for (const std::string_view name : kExposed) {
    if (!beat.got->field(name).empty()) continue;
    findings.warning("headers", fmt::format("{} does not arrive", name),
                     "let the proxy pass the server's headers");
  }
  if (!beat.got->field("Age").empty()) {
    findings.problem("cache", "the answer comes from a cache", "let nobody cache /api/");
  }
  judge_cookie(browser, config, findings);
}

void judge_origins(const BrowserAnswers& browser, Findings& findings) {
  if (browser.own_page.error_code() == "origin_not_allowed") {
    findings.problem("origin", fmt::format("{} itself is refused as an Origin", browser.url),
                     std::string(kProxyHost));
  }
  if (browser.foreign_page.status() == 403) {
    findings.ok("foreign origin", "a page of another site is refused");
  } else if (is_count(browser.foreign_page)) {
    findings.problem("foreign origin",
                     "a page of any site is answered: the Origin is lost on its way",
                     "let the proxy pass the header Origin, and not answer CORS itself");
  }
}

void judge_origin(const OriginAnswers& page, const std::string& url, Findings& findings) {
  const std::string check = "origin " + page.origin;
  if (page.online.error_code() == "origin_not_allowed") {
    return findings.problem(check, "it is refused with 403",
                            fmt::format("server.allowed_origins = [\"{}\"], exactly so; then "
                                        "SIGHUP",
                                        page.origin));
  }
  if (!is_count(page.online)) {
    return findings.problem(check, fmt::format("it gets no count, but {}", page.online.status()),
                            "the beat's finding says why");
  }
  const Fetched& got = *page.online.got;
  const std::string_view allowed = got.field("Access-Control-Allow-Origin");
  const auto lines = std::ranges::count_if(got.fields, [](const auto& field) {
    return lower(field.first) == "access-control-allow-origin";
  });
  const std::string mend =
      "let rollcall alone answer CORS, and its answer pass: no add_header Access-Control-..., nor "
      "proxy_hide_header, in the proxy";
  if (lines > 1) {
    return findings.problem(check,
                            "Access-Control-Allow-Origin arrives twice, and browsers then "
                            "refuse the answer",
                            mend);
  }
  if (allowed.empty() && page.origin == url) {
    return findings.note(check, "it is the server's own: it needs no CORS");
  }
  if (allowed != page.origin || got.field("Access-Control-Allow-Credentials") != "true") {
    return findings.problem(
        check, "the answer's CORS headers do not let the page read it with cookies", mend);
  }
  for (const std::string_view name : kExposed) {
    if (names(got.field("Access-Control-Expose-Headers"), name)) continue;
    return findings.warning(check, fmt::format("pages cannot read {}", name), mend);
  }
  const bool may_leave =
      page.preflight.status() == 204 && page.preflight.got &&
      names(page.preflight.got->field("Access-Control-Allow-Methods"), "DELETE");
  if (!may_leave) {
    return findings.warning(
        check, fmt::format("the preflight of a DELETE answers {}", page.preflight.status()),
        "let the proxy pass OPTIONS to rollcall");
  }
  findings.ok(check, "its pages may beat, and read the answers");
}

// No request can show the address that it arrives with. A server that listens on this machine only
// is behind a proxy, if browsers have another URL; one that listens to all may well have none.
void judge_addresses(const BrowserAnswers& browser, const Config& config, Findings& findings) {
  if (!browser.is_proxied || !config.server.trusted_proxies.empty()) return;
  const std::string mend =
      "name the proxy's address in server.trusted_proxies, and let it send X-Forwarded-For "
      "(proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for)";
  const auto listen = parse_endpoint(config.server.listen);
  if (!listen || !is_loopback(listen.value().host)) {
    return findings.note("addresses",
                         "server.trusted_proxies is empty: behind a proxy all visitors would have "
                         "its address",
                         mend);
  }
  const std::string what =
      "server.trusted_proxies is empty: all visitors have the proxy's address, and share ";
  if (config.sessions.rate_limit > 0 || config.server.connections_per_address > 0) {
    return findings.problem("addresses", what + "the limits of one", mend);
  }
  findings.warning("addresses", what + "sessions.minted_per_minute", mend);
}

}  // namespace

void judge(const BrowserAnswers& browser, const Config& config, Findings& findings) {
  if (!browser.beat.got) {
    return findings.problem("reachable", browser.beat.failure,
                            browser.is_proxied
                                ? "is --public-url what browsers use, and is its proxy running?"
                                : "start the server");
  }
  judge_beat(browser, config, findings);
  judge_origins(browser, findings);
  for (const OriginAnswers& page : browser.allowed) judge_origin(page, browser.url, findings);
  judge_addresses(browser, config, findings);
  judge_socket(browser, config, findings);
}

}  // namespace rollcall::app

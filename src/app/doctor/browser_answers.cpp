#include "app/doctor/browser_answers.hpp"

#include "app/client/server_frames.hpp"

#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace rollcall::app {
namespace {

constexpr const char* kActivity = "/api/sessions/activity";
constexpr const char* kOnline = "/api/sessions/online";
constexpr const char* kSocket = "/api/v1/realtime/ws";
constexpr const char* kForeign = "https://rollcall-doctor.invalid";  // RFC 2606: nobody's
constexpr const char* kHandshakeKey = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr base::Millis kWelcomePatience{5'000};
constexpr base::Millis kPingMargin{5'000};

class Browser {
 public:
  Browser(std::string url, bool is_local) : url_(std::move(url)), is_local_(is_local) {}

  Answer ask(const char* method, const char* path, HttpFields fields) const {
    return send(request(method, path, std::move(fields)));
  }

  FetchRequest request(const char* method, std::string path, HttpFields fields) const {
    FetchRequest request;
    request.url = url_;
    request.path = std::move(path);
    request.method = method;
    request.fields = std::move(fields);
    request.any_certificate = is_local_;
    return request;
  }

  static Answer send(const FetchRequest& request) {
    auto got = fetch(request);
    if (!got) return {std::nullopt, got.error().message};
    return {std::move(got).value()};
  }

 private:
  std::string url_;
  bool is_local_;
};

// By its id in the body: where cookies get lost, a visitor leaves, too.
void leave(const Browser& browser, HttpFields page, const std::string& session) {
  page.emplace_back("Content-Type", "application/json");
  FetchRequest request = browser.request("POST", kActivity, std::move(page));
  request.body =
      boost::json::serialize(boost::json::object{{"sessionId", session}, {"leave", true}});
  Browser::send(request);
}

// What a browser sends with a beat of the site's own page.
void beat(const Browser& browser, const Config& config, BrowserAnswers& answers) {
  const HttpFields page{{"Origin", answers.url}, {"Sec-Fetch-Site", "same-origin"}};
  answers.beat = browser.ask("POST", kActivity, page);
  const CookieSet cookie = cookie_set(answers.beat, config.sessions.cookie);
  if (cookie.value.empty()) return;
  HttpFields with_cookie = page;
  with_cookie.emplace_back("Cookie", config.sessions.cookie + "=" + cookie.value);
  answers.next_beat = browser.ask("POST", kActivity, with_cookie);
  leave(browser, page, cookie.value);
  const CookieSet another = cookie_set(answers.next_beat, config.sessions.cookie);
  if (!another.value.empty()) leave(browser, page, another.value);
}

void open_socket(const Browser& browser, const BrowserQuestions& questions, const Config& config,
                 BrowserAnswers& answers) {
  HttpFields fields{
      {"Origin", questions.origins.empty() ? answers.url : questions.origins.front()},
      {"Connection", "Upgrade"},
      {"Upgrade", "websocket"},
      {"Sec-WebSocket-Version", "13"},
      {"Sec-WebSocket-Key", kHandshakeKey}};
  answers.has_token = !questions.token.empty();
  if (answers.has_token) {
    fields.emplace_back("Sec-WebSocket-Protocol", "rollcall.v1, bearer." + questions.token);
  }
  FetchRequest request =
      browser.request("GET", std::string(kSocket) + "?user_id=rollcall-doctor", fields);
  if (questions.wait) answers.wait = config.realtime.ping + kPingMargin;
  request.hold = questions.wait ? answers.wait : kWelcomePatience;
  request.until = questions.wait ? has_ping : has_welcome;
  answers.socket = Browser::send(request);
}

}  // namespace

std::string listen_url(const Config& config) {
  const std::string& listen = config.server.listen;
  const std::size_t colon = listen.rfind(':');
  std::string host = listen.substr(0, colon);
  if (host.empty() || host == "0.0.0.0" || host == "*") host = "127.0.0.1";
  if (host == "[::]") host = "[::1]";
  const bool is_tls = !config.server.tls.certificate_file.empty();
  return fmt::format("{}://{}{}", is_tls ? "https" : "http", host,
                     colon == std::string::npos ? std::string() : listen.substr(colon));
}

BrowserAnswers meet_as_browser(const BrowserQuestions& questions, const Config& config) {
  BrowserAnswers answers;
  answers.url = questions.url.empty() ? listen_url(config) : questions.url;
  while (answers.url.ends_with('/')) answers.url.pop_back();
  answers.is_proxied = answers.url != listen_url(config);
  const Browser browser(answers.url, !answers.is_proxied);
  beat(browser, config, answers);
  if (!answers.beat.got) return answers;
  answers.own_page = browser.ask("GET", kOnline, {{"Origin", answers.url}});
  answers.foreign_page = browser.ask("GET", kOnline, {{"Origin", kForeign}});
  for (const std::string& origin : questions.origins) {
    const HttpFields fields{{"Origin", origin}};
    HttpFields before = fields;
    before.emplace_back("Access-Control-Request-Method", "DELETE");
    answers.allowed.push_back(
        {origin, browser.ask("GET", kOnline, fields), browser.ask("OPTIONS", kActivity, before)});
  }
  open_socket(browser, questions, config, answers);
  return answers;
}

CookieSet cookie_set(const Answer& answer, const std::string& name) {
  if (!answer.got) return {};
  const std::string start = name + "=";
  for (const auto& [field, value] : answer.got->fields) {
    if (field != "Set-Cookie" && field != "set-cookie") continue;
    if (!value.starts_with(start)) continue;
    const std::size_t end = std::min(value.find(';'), value.size());
    return {value.substr(start.size(), end - start.size()), value.substr(end)};
  }
  return {};
}

bool has_welcome(std::string_view frames) {
  return frames.find("\"rollcall.welcome\"") != std::string_view::npos;
}

bool has_ping(std::string_view frames) {
  while (const auto frame = first_frame(frames)) {
    if (frame->opcode == ws::Opcode::ping) return true;
    frames.remove_prefix(frame->size);
  }
  return false;
}

}  // namespace rollcall::app

#pragma once

#include "app/config/config.hpp"
#include "app/doctor/node_judgement.hpp"
#include "base/time.hpp"

#include <string>
#include <vector>

namespace rollcall::app {

// What a page of one origin gets.
struct OriginAnswers {
  std::string origin;
  Answer online;     // GET, with the Origin
  Answer preflight;  // OPTIONS, before a DELETE
};

// The server as a browser meets it, through whatever stands before it.
struct BrowserAnswers {
  std::string url;          // its scheme, host and port
  bool is_proxied = false;  // it is not where the server listens
  Answer beat;              // the first, without a cookie
  Answer next_beat;         // with the cookie that it got; nothing when it got none
  Answer own_page;          // GET, with the Origin of the URL itself
  Answer foreign_page;      // GET, with an Origin that nobody allowed
  std::vector<OriginAnswers> allowed;
  Answer socket;           // the opening of a WebSocket
  bool has_token = false;  // it was opened with a token
  base::Millis wait{0};    // how long it was then listened to, for a ping; 0: for the welcome only
};

struct BrowserQuestions {
  std::string url;  // empty: where the server listens
  std::vector<std::string> origins;
  std::string token;  // of a user; empty: none could be made
  bool wait = false;
};

// Asks: beats as one visitor, who then leaves again. It blocks, with `wait` for longer than
// realtime.ping.
BrowserAnswers meet_as_browser(const BrowserQuestions& questions, const Config& config);

// "http://127.0.0.1:8085", where a server of these settings is reached on this machine.
std::string listen_url(const Config& config);

// The value of `user_session_id` in a Set-Cookie, and what stands behind it; both are empty when
// the answer sets no such cookie.
struct CookieSet {
  std::string value;
  std::string attributes;  // "; Path=/; Max-Age=..."
};
CookieSet cookie_set(const Answer& answer, const std::string& name);

bool has_welcome(std::string_view frames);
bool has_ping(std::string_view frames);  // as the server sends them, unmasked

}  // namespace rollcall::app

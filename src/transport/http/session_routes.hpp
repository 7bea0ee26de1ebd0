#pragma once

#include "base/metrics.hpp"
#include "base/time.hpp"
#include "service/heartbeat.hpp"
#include "transport/http/address_limits.hpp"
#include "transport/http/answer_counters.hpp"
#include "transport/http/departures.hpp"
#include "transport/http/router.hpp"

#include <memory>
#include <optional>
#include <string>

#include <boost/uuid/random_generator.hpp>

namespace rollcall::http {

struct SessionRules {
  std::string cookie = "user_session_id";
};

// The limits of all shards together.
struct SessionLimits {
  RatePerAddress beats;   // sessions.rate_limit
  RatePerAddress minted;  // sessions.minted_per_minute
};

// What the sessions' routes count, by shard.
struct SessionMetrics {
  base::Counter beats;
  base::Counter leaves;
  base::Counter minted;
  base::Counter rate_limited;
  AnswerCounters answers;
  AnswerCounters beat_answers;  // of them, those to a beat
};

// /api/sessions: a browser's sign of life. The session id comes from the body, else from the
// cookie; a same-site caller with neither is given one.
class SessionRoutes {
 public:
  SessionRoutes(SessionRules rules, service::Heartbeat& heartbeat, SessionLimits& limits,
                const base::Clock& clock, boost::asio::io_context& loop)
      : rules_(std::move(rules)),
        heartbeat_(heartbeat),
        limits_(limits),
        clock_(clock),
        departures_(heartbeat, clock, loop) {}

  void add_to(Router& router);
  const SessionMetrics& metrics() const { return metrics_; }

 private:
  struct Beat {
    core::MemberId session;
    bool leave = false;
    bool may_return = false;
    std::string fields;  // Set-Cookie, for a new session
  };

  void activity(const Call& call, Exchange exchange, bool leave);
  void online(Exchange exchange);
  base::Result<Beat> read(const Call& call, bool leave);
  base::Result<Beat> from_cookie(const Call& call, bool leave, bool may_return);
  void answer(Exchange exchange, const base::Result<core::Answer>& answer, std::string fields);

  SessionRules rules_;
  service::Heartbeat& heartbeat_;
  SessionLimits& limits_;
  const base::Clock& clock_;
  Departures departures_;
  boost::uuids::random_generator new_id_;
  SessionMetrics metrics_;
};

// The value of a cookie in a Cookie header (RFC 6265, 5.4); nothing when it is absent.
std::optional<std::string_view> cookie_value(std::string_view header, std::string_view name);

}  // namespace rollcall::http

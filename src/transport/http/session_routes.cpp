#include "transport/http/session_routes.hpp"

#include "transport/http/answer_fields.hpp"
#include "transport/http/json_fields.hpp"

#include <boost/uuid/uuid_io.hpp>
#include <fmt/format.h>

namespace rollcall::http {
namespace {

constexpr std::string_view kActivity = "/api/sessions/activity";
constexpr int kCookieSeconds = 30 * 24 * 60 * 60;

base::Error bad_request(std::string_view code, std::string_view message) {
  return {base::Errc::invalid_argument, code, std::string(message)};
}

// What the body of a beat may say.
struct BeatBody {
  std::optional<std::string> session;
  bool leave = false;
  bool may_return = false;
};

base::Result<bool> flag_of(const JsonFields& fields, std::string_view name) {
  const auto* value = fields.find(name);
  if (value == nullptr) return false;
  if (const auto* flag = std::get_if<bool>(value)) return *flag;
  return bad_request("invalid_leave", std::string(name) + " must be true or false");
}

base::Result<BeatBody> parse_body(std::string_view text) {
  auto fields = JsonFields::parse(text);
  if (!fields) return std::move(fields).error();
  BeatBody body;
  if (const auto* session = fields.value().find("sessionId")) {
    const auto* id = std::get_if<std::string>(session);
    if (id == nullptr) return bad_request("invalid_id", "sessionId must be a string");
    body.session = *id;
  }
  const auto leave = flag_of(fields.value(), "leave");
  if (!leave) return leave.error();
  const auto may_return = flag_of(fields.value(), "mayReturn");
  if (!may_return) return may_return.error();
  body.leave = leave.value();
  body.may_return = may_return.value();
  return body;
}

}  // namespace

std::optional<std::string_view> cookie_value(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    std::string_view pair = header.substr(0, header.find(';'));
    header.remove_prefix(std::min(header.size(), pair.size() + 1));
    pair.remove_prefix(std::min(pair.size(), pair.find_first_not_of(" \t")));
    if (!pair.starts_with(name) || pair.substr(name.size(), 1) != "=") continue;
    std::string_view value = pair.substr(name.size() + 1);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    return value;
  }
  return std::nullopt;
}

void SessionRoutes::add_to(Router& router) {
  router.add({Method::post, std::string(kActivity), Access::open,
              [this](const Call& call, Exchange exchange) { activity(call, exchange, false); }});
  router.add({Method::del, std::string(kActivity), Access::open,
              [this](const Call& call, Exchange exchange) { activity(call, exchange, true); }});
  router.add({Method::get, "/api/sessions/online", Access::open,
              [this](const Call&, Exchange exchange) { online(exchange); }});
}

void SessionRoutes::activity(const Call& call, Exchange exchange, bool leave) {
  if (limits_.beats.enabled() && !limits_.beats.admit(call.client.address, clock_.now())) {
    metrics_.rate_limited.add();
    return exchange.respond(
        error_response(429, "rate_limited", "this address beats more often than it may"));
  }
  auto read_beat = read(call, leave);
  if (!read_beat) return exchange.respond(error_response(read_beat.error()));
  Beat beat = std::move(read_beat).value();
  (beat.leave ? metrics_.leaves : metrics_.beats).add();
  auto reply = [this, exchange, is_beat = !beat.leave,
                fields = std::move(beat.fields)](const base::Result<core::Answer>& result) {
    if (is_beat && result) metrics_.beat_answers.add(result.value());
    answer(exchange, result, fields);
  };
  if (beat.may_return && departures_.hold(beat.session)) return heartbeat_.online(reply);
  if (beat.leave) return heartbeat_.leave(std::move(beat.session), std::move(reply));
  heartbeat_.beat(std::move(beat.session), std::move(reply));
}

void SessionRoutes::online(Exchange exchange) {
  heartbeat_.online([this, exchange](const base::Result<core::Answer>& result) {
    answer(exchange, result, {});
  });
}

base::Result<SessionRoutes::Beat> SessionRoutes::read(const Call& call, bool leave) {
  BeatBody body;
  if (!call.request.body.empty()) {
    auto parsed = parse_body(call.request.body);
    if (!parsed) return std::move(parsed).error();
    body = std::move(parsed).value();
  }
  leave = leave || body.leave;
  const bool may_return = leave && body.may_return;
  if (!body.session) return from_cookie(call, leave, may_return);
  auto session = core::MemberId::parse(*body.session);
  if (!session) return std::move(session).error();
  return Beat{std::move(session).value(), leave, may_return, {}};
}

base::Result<SessionRoutes::Beat> SessionRoutes::from_cookie(const Call& call, bool leave,
                                                             bool may_return) {
  if (const auto cookie = cookie_value(call.request.header("Cookie"), rules_.cookie)) {
    auto session = core::MemberId::parse(*cookie);
    if (session) return Beat{std::move(session).value(), leave, may_return, {}};
  }
  if (!call.same_site || leave) {
    return bad_request("session_id_required",
                       "send {\"sessionId\":\"...\"}, or the cookie " + rules_.cookie);
  }
  if (limits_.minted.enabled() && !limits_.minted.admit(call.client.address, clock_.now())) {
    metrics_.rate_limited.add();
    return base::Error{base::Errc::rate_limited, "too_many_new_sessions",
                       "this address was given as many new sessions as it may have a minute"};
  }
  metrics_.minted.add();
  const std::string id = boost::uuids::to_string(new_id_());
  return Beat{core::MemberId::parse(id).value(), false, false,
              fmt::format("Set-Cookie: {}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{}\r\n",
                          rules_.cookie, id, kCookieSeconds, call.client.tls ? "; Secure" : "")};
}

void SessionRoutes::answer(Exchange exchange, const base::Result<core::Answer>& result,
                           std::string fields) {
  if (!result) return exchange.respond(error_response(result.error()));
  metrics_.answers.add(result.value());
  Response response = online_response(result.value());
  response.fields += "X-Rollcall-Next-Beat-Ms: ";
  append_number(response.fields, heartbeat_.next_beat().count());
  response.fields += "\r\n";
  response.fields += fields;
  exchange.respond(response);
}

}  // namespace rollcall::http

#include "core/protocol.hpp"

#include <iterator>

#include <fmt/format.h>

namespace rollcall::core {
namespace {

std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

std::string welcome_text(const Welcome& welcome) {
  return fmt::format(
      R"({{"type":"rollcall.welcome","connection":"{}","user":{},"node":{},"pingMs":{}}})",
      welcome.connection.text(), quoted(welcome.user.text()), quoted(welcome.node),
      welcome.ping.count());
}

std::string presence_text(const PresenceEvent& event) {
  return fmt::format(
      R"({{"type":"rollcall.presence","user":{},"status":"{}","reason":"{}","at":{},"seq":{}}})",
      quoted(event.user.text()), name_of(event.status), name_of(event.reason),
      event.at.time_since_epoch().count(), event.seq);
}

std::string presence_state_text(std::span<const std::pair<UserId, Status>> users) {
  std::string out = R"({"type":"rollcall.presence_state","users":{)";
  for (const auto& [user, status] : users) {
    if (out.back() != '{') out += ',';
    append_json_string(out, user.text());
    out += ":\"";
    out += name_of(status);
    out += '"';
  }
  out += "}}";
  return out;
}

std::string token_expiring_text(base::Millis left) {
  return fmt::format(R"({{"type":"rollcall.token_expiring","expiresInMs":{}}})", left.count());
}

std::string pong_text() {
  return R"({"type":"rollcall.pong"})";
}

std::string error_text(std::string_view code, std::string_view message) {
  return fmt::format(R"({{"type":"rollcall.error","code":"{}","message":{}}})", code,
                     quoted(message));
}

}  // namespace rollcall::core

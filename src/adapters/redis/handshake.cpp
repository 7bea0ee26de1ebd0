#include "adapters/redis/handshake.hpp"

#include "adapters/redis/refusal.hpp"

#include <charconv>
#include <string_view>
#include <utility>

namespace rollcall::redis {
namespace {

// 6.2 brought ZMSCORE and ZADD GT, which the scripts are built on.
constexpr std::pair<int, int> kOldestVersion{6, 2};
constexpr std::size_t kMaxFactBytes = 64;

bool is_refused(const RespValue& reply, std::string_view word) {
  return reply.is_error() && refusal_word(reply) == word;
}

bool is_unknown_command(const RespValue& reply) {
  return reply.is_error() &&
         (reply.text.starts_with("ERR unknown command") || reply.text.starts_with("NOPROTO"));
}

// The value of "name:value\r\n" in the text of INFO; short, so that it may be logged.
std::string field_of(std::string_view info, std::string_view name) {
  std::size_t begin = 0;
  while (begin < info.size()) {
    const std::size_t end = std::min(info.find('\n', begin), info.size());
    std::string_view line = info.substr(begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == ':') {
      return std::string(line.substr(name.size() + 1, kMaxFactBytes));
    }
    begin = end + 1;
  }
  return {};
}

std::optional<std::pair<int, int>> parse_version(std::string_view text) {
  std::pair<int, int> version;
  const char* const end = text.data() + text.size();
  const auto [dot, bad_major] = std::from_chars(text.data(), end, version.first);
  if (bad_major != std::errc{}) return std::nullopt;
  if (dot == end || *dot != '.') return version;
  const auto [rest, bad_minor] = std::from_chars(dot + 1, end, version.second);
  if (bad_minor != std::errc{}) return std::nullopt;
  return version;
}

}  // namespace

Handshake::Handshake(const Endpoint& endpoint)
    : user_(endpoint.user.empty() ? "default" : endpoint.user),
      password_(endpoint.password),
      database_(endpoint.database) {}

Command Handshake::begin() const {
  Command hello("HELLO", 3);
  if (!password_.empty()) hello.add("AUTH").add(user_).add(password_);
  hello.add("SETNAME").add("rollcall");
  return hello;
}

Handshake::Next Handshake::on_reply(const RespValue& reply) {
  switch (step_) {
    case Step::hello:
      return after_hello(reply);
    case Step::auth:
      return after_auth(reply);
    case Step::select:
      return after_select(reply);
    case Step::info_server:
      return after_info_server(reply);
    case Step::info_memory:
      return after_info_memory(reply);
    case Step::ping:
      return after_ping(reply);
  }
  return base::Error{base::Errc::internal, "redis_handshake", "the handshake lost its place"};
}

Handshake::Next Handshake::after_hello(const RespValue& reply) {
  if (is_unknown_command(reply)) {
    facts_.protocol = 2;
    if (password_.empty()) return select_or_info();
    Command auth("AUTH");
    if (user_ != "default") auth.add(user_);
    return ask(Step::auth, std::move(auth.add(password_)));
  }
  if (reply.is_error()) return handshake_refusal(reply, "HELLO");
  read_hello(reply);
  return select_or_info();
}

void Handshake::read_hello(const RespValue& reply) {
  for (std::size_t i = 0; i + 1 < reply.elements.size(); i += 2) {
    const std::string& key = reply.elements[i].text;
    const std::string& text = reply.elements[i + 1].text;
    if (key == "version") facts_.version = text.substr(0, kMaxFactBytes);
    if (key == "role") facts_.role = text.substr(0, kMaxFactBytes);
  }
}

Handshake::Next Handshake::after_auth(const RespValue& reply) {
  if (reply.is_error()) return handshake_refusal(reply, "AUTH");
  return select_or_info();
}

Handshake::Next Handshake::select_or_info() {
  if (database_ != 0) return ask(Step::select, Command("SELECT", database_));
  return ask(Step::info_server, Command("INFO", "server"));
}

Handshake::Next Handshake::after_select(const RespValue& reply) {
  if (reply.is_error()) return handshake_refusal(reply, "SELECT of the database");
  return ask(Step::info_server, Command("INFO", "server"));
}

Handshake::Next Handshake::after_info_server(const RespValue& reply) {
  const bool forbidden = is_refused(reply, "NOPERM");
  if (reply.is_error() && !forbidden) return handshake_refusal(reply, "INFO");
  if (!forbidden) {
    const std::string version = field_of(reply.text, "redis_version");
    if (!version.empty()) facts_.version = version;
    facts_.run_id = field_of(reply.text, "run_id");
  }
  if (const auto error = refuse_old_version()) return *error;
  if (facts_.role == "replica" || facts_.role == "slave") {
    facts_.role = "replica";
    facts_.warnings.push_back("this Redis is a replica and refuses writes");
  }
  if (forbidden) {
    facts_.warnings.push_back("the Redis user may not run INFO: its maxmemory-policy is unknown");
    return ask(Step::ping, Command("PING"));
  }
  return ask(Step::info_memory, Command("INFO", "memory"));
}

std::optional<base::Error> Handshake::refuse_old_version() const {
  const auto version = parse_version(facts_.version);
  if (!version || *version >= kOldestVersion) return std::nullopt;
  return base::Error{base::Errc::unavailable, "redis_too_old",
                     "Redis 6.2 or later is needed; this one is " + facts_.version};
}

Handshake::Next Handshake::after_info_memory(const RespValue& reply) {
  if (reply.is_error() && !is_refused(reply, "NOPERM")) return handshake_refusal(reply, "INFO");
  if (!reply.is_error()) facts_.maxmemory_policy = field_of(reply.text, "maxmemory_policy");
  if (!facts_.maxmemory_policy.empty() && facts_.maxmemory_policy != "noeviction") {
    facts_.warnings.push_back("Redis may evict rosters: its maxmemory-policy is " +
                              facts_.maxmemory_policy + ", and should be noeviction");
  }
  return ask(Step::ping, Command("PING"));
}

Handshake::Next Handshake::after_ping(const RespValue& reply) {
  if (reply.is_error() && !is_refused(reply, "NOPERM")) return handshake_refusal(reply, "PING");
  return facts_;
}

Handshake::Next Handshake::ask(Step step, Command command) {
  step_ = step;
  return command;
}

}  // namespace rollcall::redis

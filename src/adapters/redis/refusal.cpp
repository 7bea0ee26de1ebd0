#include "adapters/redis/refusal.hpp"

#include <algorithm>

namespace rollcall::redis {
namespace {

constexpr std::size_t kMaxWordBytes = 32;

base::Error unavailable(std::string_view code, std::string message) {
  return {base::Errc::unavailable, code, std::move(message)};
}

bool is_word_byte(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

std::string refusal_word(const RespValue& error) {
  // So Redis 7.0 puts NOPERM when a script meets it.
  if (error.text.starts_with("ERR The user executing the script can't")) return "NOPERM";
  const std::string word = error.text.substr(0, error.text.find(' '));
  const bool plain = !word.empty() && word.size() <= kMaxWordBytes &&
                     std::all_of(word.begin(), word.end(), is_word_byte);
  return plain ? word : "ERR";
}

base::Error refusal(const RespValue& error) {
  const std::string word = refusal_word(error);
  const std::string_view code = word == "NOSCRIPT" ? kNoScript : "redis_error";
  return unavailable(code, "Redis refused the command: " + word);
}

base::Error handshake_refusal(const RespValue& error, std::string_view step) {
  const std::string word = refusal_word(error);
  if (error.text.starts_with("ERR max number of clients")) {
    return unavailable("redis_max_clients", "Redis has reached its maxclients");
  }
  if (word == "NOAUTH") {
    return unavailable("redis_noauth", "Redis asks for a password: put it into redis.url");
  }
  if (word == "WRONGPASS" || error.text.starts_with("ERR invalid password")) {
    return unavailable("redis_wrongpass",
                       "Redis does not accept the user and password of redis.url");
  }
  if (word == "LOADING") {
    return unavailable("redis_loading", "Redis is loading its dataset (LOADING)");
  }
  if (word == "MASTERDOWN") {
    return unavailable("redis_masterdown", "Redis is a replica without its master (MASTERDOWN)");
  }
  if (word == "NOPERM") {
    return unavailable("redis_noperm",
                       "the Redis user may not run " + std::string(step) + " (NOPERM)");
  }
  return unavailable("redis_handshake", "Redis refused " + std::string(step) + ": " + word);
}

}  // namespace rollcall::redis

#pragma once

#include "adapters/redis/handshake.hpp"
#include "adapters/redis/needs.hpp"
#include "adapters/redis/session.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rollcall::redis {

// What a user may not do of what rollcall does.
struct Forbidden {
  enum class Of { command, key, channel };

  Of of = Of::command;
  std::string command;
  std::string pattern;  // of the keys or channels

  bool operator==(const Forbidden&) const = default;
};

// A Redis, as one finds it.
struct Inspection {
  using Fields = std::map<std::string, std::string>;

  std::string where;  // without user and password
  std::string user;   // "default" unless redis.url names one
  ServerFacts server;
  std::optional<Fields> info;        // of INFO; nothing: the user may not ask
  std::optional<Fields> config;      // of CONFIG GET, likewise
  bool is_permission_known = false;  // whether `forbidden` is all there is
  std::vector<Forbidden> forbidden;
  base::Millis clock_ahead{0};  // of its clock, to this machine's
  base::Millis clock_doubt{0};  // either way
};

// Asks, and changes nothing: commands are tried by queueing them in a transaction that is then
// discarded, for Redis looks at permissions as it queues. It blocks, for some seconds at most.
base::Result<Inspection> inspect(const SessionOptions& options, const std::vector<Need>& needs);

}  // namespace rollcall::redis

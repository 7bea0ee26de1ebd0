#pragma once

#include "adapters/redis/resp.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rollcall::redis {

// What rollcall does with Redis, as a user's permissions are asked about it.
struct Need {
  std::string command;  // "ZADD"
  std::string pattern;  // of keys or channels, as an ACL writes it; empty: none
  Command example;      // never to be run
};

struct NeedsOptions {
  std::vector<std::string> roster_keys;
  std::string presence_prefix;
};

// Every command on every kind of key and channel: those of the scripts, too, for Redis asks for
// the permission of each command that a script calls.
std::vector<Need> needs_of(const NeedsOptions& options);

}  // namespace rollcall::redis

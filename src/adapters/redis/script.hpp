#pragma once

#include "adapters/redis/link.hpp"
#include "adapters/redis/resp.hpp"

#include <string>
#include <string_view>

namespace rollcall::redis {

// A Lua program that the server keeps by the SHA-1 of its text.
class Script {
 public:
  explicit Script(std::string_view text);  // of static storage

  // By its digest, and with its text once more when the server does not know it (any more).
  // `arguments` is the number of keys, the keys and the rest, as EVAL takes them.
  void call(Link& link, Command arguments, Link::Handler handler) const;

 private:
  std::string_view text_;
  std::string digest_;
};

}  // namespace rollcall::redis

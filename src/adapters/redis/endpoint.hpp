#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace rollcall::redis {

// Where a Redis server is, and as whom to enter it.
struct Endpoint {
  static constexpr std::uint16_t kDefaultPort = 6379;

  std::string host;  // a name or an address; an IPv6 address without brackets
  std::uint16_t port = kDefaultPort;
  std::string path;  // of a Unix socket; empty: TCP
  bool tls = false;
  std::string user;
  std::string password;
  std::uint32_t database = 0;

  // For people and logs: without user and password.
  std::string text() const;
};

// redis://[[user][:password]@]host[:port][/database], rediss:// the same through TLS, and
// unix://[[user][:password]@]/path[?db=database]. Errors (invalid_argument, "invalid_redis_url")
// never repeat any part of the URL, for a password may stand in a wrong place.
base::Result<Endpoint> parse_url(std::string_view url);

}  // namespace rollcall::redis

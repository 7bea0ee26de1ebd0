#pragma once

#include "base/result.hpp"

#include <string>

namespace rollcall::app {

// Where a server is, by its URL: http:// or https://, with a host and no path.
struct HttpTarget {
  bool tls = false;
  std::string host;  // an IPv6 address without its brackets
  std::string port;
  std::string authority;  // as it stands in the URL, for the field Host
};

base::Result<HttpTarget> parse_http_target(const std::string& url);

}  // namespace rollcall::app

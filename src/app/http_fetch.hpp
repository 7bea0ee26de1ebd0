#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <string>

namespace rollcall::app {

struct FetchRequest {
  std::string url;              // http:// or https://, with a host and no path
  std::string path;             // "/api/v1/status"
  std::string api_key;          // empty: none is sent
  base::Millis timeout{5'000};  // for all of it
};

struct Fetched {
  int status = 0;
  std::string body;  // of at most 4 MiB
};

// One GET, for commands: it blocks. A server's certificate must be one that this machine trusts,
// for the host of the URL. Errors (unavailable, timeout, invalid_argument) tell people why.
base::Result<Fetched> fetch(const FetchRequest& request);

}  // namespace rollcall::app

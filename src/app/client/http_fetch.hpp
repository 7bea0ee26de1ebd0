#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rollcall::app {

using HttpFields = std::vector<std::pair<std::string, std::string>>;

struct FetchRequest {
  std::string url;              // http:// or https://, with a host and no path
  std::string path;             // "/api/v1/status"
  std::string api_key;          // empty: none is sent
  base::Millis timeout{5'000};  // for all of it
  std::string method = "GET";
  HttpFields fields = {};
  std::string body = {};
  bool any_certificate = false;  // of this machine itself, which is asked by another name
  // Listens behind a 101 for so long, or until what came is enough.
  base::Millis hold{0};
  std::function<bool(std::string_view)> until = {};
};

struct Fetched {
  int status = 0;
  std::string body = {};  // of at most 4 MiB
  HttpFields fields = {};
  std::string behind = {};  // what came while it listened, of at most 64 KiB
  bool was_closed = false;  // by the other side, while it listened
  base::Millis held_for{0};

  // Of the first field of that name, whatever its case; empty: there is none.
  std::string_view field(std::string_view name) const;
};

// One request, for commands: it blocks. A server's certificate must be one that this machine
// trusts, for the host of the URL. Errors (unavailable, timeout, invalid_argument) tell people
// why.
base::Result<Fetched> fetch(const FetchRequest& request);

}  // namespace rollcall::app

#pragma once

#include "base/result.hpp"

#include <array>
#include <string>

namespace rollcall::postgres {

// Whether libpq can read a URL (or "key=value ..."); `invalid_argument` when not, without quoting
// any of it: a mistyped URL may hold its password anywhere.
base::Status check_url(const std::string& url);

// The arguments of PQconnectStartParams and PQconnectdbParams, with expand_dbname. Points into
// both texts. What stands before the URL yields to it; what stands after overrides it.
struct ConnectArguments {
  explicit ConnectArguments(const std::string& url, const char* application = "rollcall");

  std::array<const char*, 5> keywords;
  std::array<const char*, 5> values;
};

}  // namespace rollcall::postgres

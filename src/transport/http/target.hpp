#pragma once

#include "base/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::http {

// A request target taken apart (RFC 9112, 3.2): "/a/b?c=d", or the absolute form, whose scheme and
// authority are put aside. Nothing is decoded yet.
struct Target {
  std::string_view path;
  std::string_view query;
};

base::Result<Target> split_target(std::string_view target);

// The path's segments, each percent-decoded once. Refused: broken escapes, and segments that are
// empty, "." or ".." in any spelling, which proxies would resolve differently.
base::Result<std::vector<std::string>> path_segments(std::string_view path);

// The first value of a query parameter, percent-decoded once; nothing when it is absent.
base::Result<std::optional<std::string>> query_value(std::string_view query,
                                                     std::string_view name);

}  // namespace rollcall::http

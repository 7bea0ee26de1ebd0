#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::http {

enum class Method { get, head, post, put, del, options, other };

struct Header {
  std::string_view name;
  std::string_view value;
};

// One request as it was received. Every view lives until the handler returns; a handler that
// answers later copies what it needs.
struct Request {
  Method method = Method::other;
  std::string_view target;
  std::vector<Header> headers;
  std::string_view body;
  int minor_version = 1;
  bool keep_alive = true;

  // The value of the first header of that name in any case, or nothing.
  std::string_view header(std::string_view name) const;
  bool has_header(std::string_view name) const;
  // Of a header that is a comma-separated list, all values on all its lines (RFC 9110, 5.6.1).
  std::vector<std::string_view> list(std::string_view name) const;
};

bool equal_ignoring_case(std::string_view a, std::string_view b);
std::string_view trim(std::string_view text);  // of spaces and tabs

}  // namespace rollcall::http

#pragma once

#include "app/config/setting.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace rollcall::app {

// HOST:PORT as a setting gives it: a name, an IPv4 address, or an IPv6 address in brackets (which
// `host` is without). Port 0 means any free one.
struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
};
base::Result<Endpoint> parse_endpoint(std::string_view text);
bool is_loopback(std::string_view host);

// Checks of texts, for the table of settings. None of them repeats a secret.
Complaint check_endpoint(std::string_view text);
Complaint check_origin(std::string_view text);  // scheme://host[:port], as browsers send it
Complaint check_cidr(std::string_view text);    // 10.0.0.0/8, fd00::/8
Complaint check_redis_url(std::string_view text);
Complaint check_postgres_url(std::string_view text);
Complaint check_table_name(std::string_view text);    // name, schema.name, or with quotes
Complaint check_cookie_name(std::string_view text);   // a token of RFC 6265
Complaint check_redis_key(std::string_view text);     // also key prefixes
Complaint check_name(std::string_view text);          // of a roster or policy; goes into URLs
Complaint check_label(std::string_view text);         // any short text without control characters
Complaint check_api_key(std::string_view text);       // travels in a header
Complaint check_token_secret(std::string_view text);  // an HMAC key

}  // namespace rollcall::app

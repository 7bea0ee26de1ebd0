#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rollcall::bench {

// A JSON Web Token (RFC 7519) signed with HS256, as an application gives it to its users.
// `user` and `secret` are written as they are.
std::string sign_token(std::string_view secret, std::string_view user, std::int64_t expires_at_s);

}  // namespace rollcall::bench

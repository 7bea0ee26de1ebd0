#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rollcall::auth {

// RFC 4648, 5, as RFC 7515 has it: no padding. Strict: nothing when the text holds white space,
// padding or any other foreign character, or bits that no encoder leaves behind the last byte, so
// that each byte string has one text.
std::optional<std::string> decode_base64url(std::string_view text);

std::string encode_base64url(std::string_view bytes);

}  // namespace rollcall::auth

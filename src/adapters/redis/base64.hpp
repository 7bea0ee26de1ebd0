#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rollcall::redis {

// RFC 4648, section 4: the standard alphabet with padding. Decoding takes nothing else: no white
// space, and no bits behind the end.
std::string encode_base64(std::string_view bytes);
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace rollcall::redis

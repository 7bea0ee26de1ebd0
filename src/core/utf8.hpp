#pragma once

#include <string_view>

namespace rollcall::core {

// Well-formed UTF-8 as Unicode's table 3-7 defines it: no overlong forms, no surrogates, nothing
// beyond U+10FFFF.
bool is_valid_utf8(std::string_view text);

// True when a well-formed text holds a C0 or C1 control character or DEL.
bool has_control_characters(std::string_view text);

}  // namespace rollcall::core

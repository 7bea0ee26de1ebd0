#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace rollcall::postgres {

// The place of a listing after `member`, as a text that clients keep but do not read: base64url of
// a checksum and the member. The checksum covers the roster's name, too.
std::string cursor_after(std::string_view roster, std::string_view member);

// The member; `invalid_argument` ("invalid_cursor") for what cursor_after() did not make.
base::Result<std::string> member_of_cursor(std::string_view roster, std::string_view cursor);

}  // namespace rollcall::postgres

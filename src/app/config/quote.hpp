#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rollcall::app {

// `text` as a TOML basic string: in double quotes, with control characters escaped.
std::string quoted(std::string_view text);

// The same for messages: cut after kMaxExcerptBytes, and safe to print whatever the text holds.
constexpr std::size_t kMaxExcerptBytes = 60;
std::string excerpt(std::string_view text);

// A URL for people: what may be a password becomes "***" (the one in the authority, and the whole
// query when it names one). `hides_password` tells whether anything was hidden.
std::string without_password(std::string_view url);
bool hides_password(std::string_view url);

}  // namespace rollcall::app

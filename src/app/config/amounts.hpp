#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace rollcall::app {

// Amounts for people, in reports that nobody parses.
std::string in_digits(std::uint64_t number);  // "2,604,487"
std::string in_bytes(std::uint64_t bytes);    // "1.2 GB", of 1,000 each
std::string in_time(base::Millis time);       // "40 ms", "8.7 s", "5 min 3 s", "3 d 4 h"
std::string counted(std::uint64_t n, std::string_view what);  // "1 row", "2,000 rows"

}  // namespace rollcall::app

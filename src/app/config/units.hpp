#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace rollcall::app {

// "150ms", "54s", "5m", "1h", "1d": one whole number and one unit, up to kMaxDuration.
constexpr base::Millis kMaxDuration = std::chrono::days(3650);
base::Result<base::Millis> parse_duration(std::string_view text);

// The largest unit that says it exactly: 300 s is "5m", 90 s is "90s". Parses back.
std::string format_duration(base::Millis duration);

// "512KB" is 512,000 bytes, "1MiB" is 1,048,576; a plain number is bytes.
base::Result<std::size_t> parse_bytes(std::string_view text);

// The shortest form that says it exactly. Parses back.
std::string format_bytes(std::size_t bytes);

}  // namespace rollcall::app

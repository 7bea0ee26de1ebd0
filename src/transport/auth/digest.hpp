#pragma once

#include <array>
#include <string_view>

namespace rollcall::auth {

// OpenSSL's own one-call functions look the algorithm up again each time, under a lock and for
// longer than it takes to hash a key; these look it up once. They throw std::runtime_error where
// OpenSSL lacks it, which the first API key shows at start-up.
std::array<unsigned char, 20> sha1(std::string_view bytes);
std::array<unsigned char, 32> sha256(std::string_view bytes);

}  // namespace rollcall::auth

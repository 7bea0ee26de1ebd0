#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace rollcall::auth {

// How tokens are signed (RFC 7518, 3.1; RFC 8037, 3.1). A key has one, and takes no other.
enum class Algorithm : std::uint8_t {
  hs256,  // HMAC with SHA-256
  rs256,  // RSASSA-PKCS1-v1_5 with SHA-256
  es256,  // ECDSA on P-256 with SHA-256
  eddsa,  // Ed25519
};

std::string_view name_of(Algorithm algorithm);
std::optional<Algorithm> parse_algorithm(std::string_view name);

}  // namespace rollcall::auth

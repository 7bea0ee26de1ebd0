#include "transport/auth/key_set.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using rollcall::auth::Algorithm;
using rollcall::auth::Key;
using rollcall::auth::KeySet;

void require(bool condition) {
  if (!condition) std::abort();
}

// A set that is taken holds keys of its algorithm alone, and none of them takes a signature that
// nobody made.
void check_set(Algorithm algorithm, std::string_view text) {
  const auto keys = KeySet::from_jwks(algorithm, text);
  if (!keys) {
    require(!keys.error().message.empty());
    return;
  }
  require(keys.value().algorithm() == algorithm);
  require(keys.value().find(std::nullopt) == nullptr && keys.value().find("") == nullptr);
  require(!keys.value().any().verify("text", std::string(64, '\x01')));
}

void check_pem(Algorithm algorithm, std::string_view text) {
  const auto key = Key::from_pem(algorithm, text);
  if (key) require(key.value().algorithm() == algorithm);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const bool is_pem = text.starts_with('-');
  if (!is_pem) check_set(Algorithm::hs256, text);
  for (const auto algorithm : {Algorithm::rs256, Algorithm::es256, Algorithm::eddsa}) {
    is_pem ? check_pem(algorithm, text) : check_set(algorithm, text);
  }
  return 0;
}

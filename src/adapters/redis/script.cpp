#include "adapters/redis/script.hpp"

#include "adapters/redis/refusal.hpp"

#include <array>
#include <utility>

#include <openssl/sha.h>

namespace rollcall::redis {
namespace {

std::string sha1_hex(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string bytes(text);
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  std::string hex;
  for (const unsigned char byte : digest) {
    hex += kDigits[byte >> 4U];
    hex += kDigits[byte & 15U];
  }
  return hex;
}

}  // namespace

Script::Script(std::string_view text) : text_(text), digest_(sha1_hex(text)) {}

void Script::call(Link& link, Command arguments, Link::Handler handler) const {
  const Command by_digest = std::move(Command("EVALSHA", digest_).add(arguments));
  link.send(by_digest, [&link, text = text_, arguments = std::move(arguments),
                        handler = std::move(handler)](base::Result<RespValue> reply) {
    const bool unknown = !reply.ok() && reply.error().code == kNoScript;
    if (!unknown) return handler(std::move(reply));
    link.send(Command("EVAL", text).add(arguments), handler);
  });
}

}  // namespace rollcall::redis

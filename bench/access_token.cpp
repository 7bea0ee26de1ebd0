#include "bench/access_token.hpp"

#include <array>
#include <span>
#include <stdexcept>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace rollcall::bench {
namespace {

std::span<const unsigned char> bytes_of(std::string_view text) {
  return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

// RFC 4648, section 5, without padding.
std::string base64url(std::span<const unsigned char> bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  text.erase(text.find_last_not_of('=') + 1);
  for (char& letter : text) {
    if (letter == '+') letter = '-';
    if (letter == '/') letter = '_';
  }
  return text;
}

}  // namespace

std::string sign_token(std::string_view secret, std::string_view user, std::int64_t expires_at_s) {
  const std::string claims = fmt::format(R"({{"sub":"{}","exp":{}}})", user, expires_at_s);
  std::string token = base64url(bytes_of(R"({"alg":"HS256","typ":"JWT"})"));
  token += '.';
  token += base64url(bytes_of(claims));
  std::array<unsigned char, 32> signature;
  unsigned int size = 0;
  if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes_of(token).data(),
           token.size(), signature.data(), &size) == nullptr) {
    throw std::runtime_error("HMAC failed");
  }
  token += '.';
  token += base64url(std::span(signature).first(size));
  return token;
}

}  // namespace rollcall::bench

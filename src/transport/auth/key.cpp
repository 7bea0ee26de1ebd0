#include "transport/auth/key.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>

namespace rollcall::auth {
namespace {

constexpr std::size_t kDigestBytes = 32;
constexpr std::size_t kP256Bytes = 32;
// How many points there are (SEC 2, 2.4.2; RFC 8032, 5.1), big-endian.
constexpr std::string_view kP256Order(
    "\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff"
    "\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51",
    32);
constexpr std::string_view kEd25519Order(
    "\x10\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x14\xde\xf9\xde\xa2\xf7\x9c\xd6\x58\x12\x63\x1a\x5c\xf5\xd3\xed",
    32);

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

NumberPtr number_of(std::string_view bytes) {
  return NumberPtr(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr));
}

std::string modulus_of(const EVP_PKEY* pkey) {
  BIGNUM* raw = nullptr;
  if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &raw) != 1) return {};
  const NumberPtr modulus(raw);
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(modulus.get())), '\0');
  BN_bn2bin(modulus.get(), reinterpret_cast<unsigned char*>(bytes.data()));
  return bytes;
}

// JOSE has the two numbers side by side (RFC 7518, 3.4), OpenSSL wants them in DER.
std::string ecdsa_der(std::string_view signature) {
  const EcdsaPtr pair(ECDSA_SIG_new());
  ECDSA_SIG_set0(pair.get(), number_of(signature.substr(0, kP256Bytes)).release(),
                 number_of(signature.substr(kP256Bytes)).release());
  std::string der(static_cast<std::size_t>(i2d_ECDSA_SIG(pair.get(), nullptr)), '\0');
  auto* out = reinterpret_cast<unsigned char*>(der.data());
  i2d_ECDSA_SIG(pair.get(), &out);
  return der;
}

bool is_zero(std::string_view number) {
  return std::ranges::all_of(number, [](char byte) { return byte == '\0'; });
}

}  // namespace

Key::Key(MacPtr mac)
    : algorithm_(Algorithm::hs256), mac_(std::move(mac)), signature_bytes_(kDigestBytes) {}

Key::Key(Algorithm algorithm, PkeyPtr pkey) : algorithm_(algorithm), pkey_(std::move(pkey)) {
  if (algorithm == Algorithm::rs256) {
    number_limit_ = modulus_of(pkey_.get());
    signature_bytes_ = number_limit_.size();
  } else {
    number_limit_ = algorithm == Algorithm::es256 ? kP256Order : kEd25519Order;
    signature_bytes_ = 2 * number_limit_.size();
  }
}

// A signature out of its range would be refused before the work is done: another one is verified
// in its place, whose numbers are in range, as dense as others, and which signs nothing.
bool Key::verify(std::string_view text, std::string_view signature) const {
  if (is_possible(signature)) {
    return mac_ ? matches_mac(text, signature) : matches_pkey(text, signature);
  }
  std::string other(signature_bytes_, '\x0a');
  other.front() = '\0';
  mac_ ? matches_mac(text, other) : matches_pkey(text, other);
  return false;
}

// RFC 8017, 8.2.2; RFC 6979, 2.3 and SEC 1, 4.1.4; RFC 8032, 5.1.7.
bool Key::is_possible(std::string_view signature) const {
  if (signature.size() != signature_bytes_) return false;
  if (algorithm_ == Algorithm::hs256) return true;
  if (algorithm_ == Algorithm::rs256) return signature < number_limit_;
  const std::string_view first = signature.substr(0, signature_bytes_ / 2);
  const std::string_view second = signature.substr(signature_bytes_ / 2);
  if (algorithm_ == Algorithm::eddsa) {
    return std::string(second.rbegin(), second.rend()) < number_limit_;  // little-endian
  }
  return !is_zero(first) && !is_zero(second) && first < number_limit_ && second < number_limit_;
}

bool Key::matches_mac(std::string_view text, std::string_view signature) const {
  const MacPtr mac(EVP_MAC_CTX_dup(mac_.get()));
  std::array<unsigned char, kDigestBytes> digest;
  std::size_t size = 0;
  const bool made = mac && EVP_MAC_update(mac.get(), bytes_of(text), text.size()) == 1 &&
                    EVP_MAC_final(mac.get(), digest.data(), &size, digest.size()) == 1;
  return made && CRYPTO_memcmp(digest.data(), signature.data(), digest.size()) == 0;
}

bool Key::matches_pkey(std::string_view text, std::string_view signature) const {
  const std::string der =
      algorithm_ == Algorithm::es256 ? ecdsa_der(signature) : std::string(signature);
  const DigestPtr context(EVP_MD_CTX_new());
  const EVP_MD* digest = algorithm_ == Algorithm::eddsa ? nullptr : EVP_sha256();
  const bool matches =
      EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, pkey_.get()) == 1 &&
      EVP_DigestVerify(context.get(), bytes_of(der), der.size(), bytes_of(text), text.size()) == 1;
  ERR_clear_error();  // the thread's TLS connections would take what is left there for their own
  return matches;
}

}  // namespace rollcall::auth

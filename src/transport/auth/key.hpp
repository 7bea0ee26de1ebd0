#pragma once

#include "base/result.hpp"
#include "transport/auth/algorithm.hpp"
#include "transport/auth/evp.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace rollcall::auth {

// A key that checks signatures, of one algorithm. Checked when it is made: an HMAC secret has at
// least 32 bytes (RFC 7518, 3.2) and is no PEM, an RSA key at least 2048 bits (3.3), an EC key is
// on P-256. The errors (invalid_argument, "bad_key") say what is wrong, and repeat no key.
class Key {
 public:
  static constexpr std::size_t kMinSecretBytes = 32;
  static constexpr std::size_t kMaxSecretBytes = 4096;
  static constexpr std::size_t kMaxPemBytes = 32 * 1024;
  static constexpr int kMinRsaBits = 2048;
  static constexpr int kMaxRsaBits = 8192;

  static base::Result<Key> from_secret(std::string_view secret);
  // SubjectPublicKeyInfo (RFC 7468, 13), one key and no more.
  static base::Result<Key> from_pem(Algorithm algorithm, std::string_view pem);

  // The numbers of a JSON Web Key as big-endian bytes (RFC 7518, 6.2 and 6.3; RFC 8037, 2).
  static base::Result<Key> rsa(std::string_view modulus, std::string_view exponent);
  static base::Result<Key> p256(std::string_view x, std::string_view y);
  static base::Result<Key> ed25519(std::string_view x);

  Algorithm algorithm() const { return algorithm_; }

  // Whether the signature is of this text. Whatever the signature is, the work is that of a whole
  // verification. May be called on several threads at once.
  bool verify(std::string_view text, std::string_view signature) const;

 private:
  explicit Key(MacPtr mac);
  Key(Algorithm algorithm, PkeyPtr pkey);
  static base::Result<Key> checked(Algorithm algorithm, PkeyPtr pkey);

  bool is_possible(std::string_view signature) const;
  bool matches_mac(std::string_view text, std::string_view signature) const;
  bool matches_pkey(std::string_view text, std::string_view signature) const;

  Algorithm algorithm_;
  MacPtr mac_;                // HS256: the keyed state, copied for each token
  PkeyPtr pkey_;              // the others
  std::string number_limit_;  // big-endian: what each number of a signature is below
  std::size_t signature_bytes_;
};

}  // namespace rollcall::auth

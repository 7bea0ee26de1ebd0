#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "core/connection.hpp"
#include "transport/auth/algorithm.hpp"
#include "transport/auth/evp.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rollcall::auth {

// What a token is to say.
struct TokenContent {
  core::UserId user;
  base::WallTime issued_at;
  base::WallTime expires_at;  // in whole seconds, as issued_at
  std::string issuer;         // these are left out when empty
  std::string audience;
  std::string key_id;
  std::vector<std::string> watch;
};

// Makes tokens, for people who try things and for tests. A server only ever verifies them.
class Signer {
 public:
  static base::Result<Signer> from_secret(std::string_view secret);
  // PKCS #8 (RFC 7468, 10) or the older forms, without a pass phrase.
  static base::Result<Signer> from_pem(Algorithm algorithm, std::string_view private_pem);

  std::string token(const TokenContent& content) const;
  // The compact form (RFC 7515, 7.1) of any header and payload.
  std::string sign(std::string_view header, std::string_view payload) const;

 private:
  Signer(Algorithm algorithm, std::string secret, PkeyPtr pkey)
      : algorithm_(algorithm), secret_(std::move(secret)), pkey_(std::move(pkey)) {}
  std::string signature_of(const std::string& text) const;

  Algorithm algorithm_;
  std::string secret_;
  PkeyPtr pkey_;
};

}  // namespace rollcall::auth

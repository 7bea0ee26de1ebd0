#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "transport/auth/identity.hpp"
#include "transport/auth/key_set.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace rollcall::auth {

// What the claims of a token must say beside its user and its end.
struct ClaimRules {
  std::string issuer;           // "iss"; empty: any
  std::string audience;         // "aud", or one of a list; empty: any
  base::Millis leeway{30'000};  // for nbf and iat, which another clock wrote
};

// Checks tokens: JSON Web Tokens (RFC 7519) in the compact form of RFC 7515, with the best
// practices of RFC 8725. Strict where a lenient reader could be talked into something: see
// docs/tokens.md for the list. Immutable, and so shared by all threads.
//
// Every refusal is the same error (unauthenticated, "invalid_token"), after the same work: one
// verification of a signature, and a look at whatever claims there are.
class Verifier {
 public:
  static constexpr std::size_t kMaxTokenBytes = 8 * 1024;

  Verifier(KeySet keys, ClaimRules rules) : keys_(std::move(keys)), rules_(std::move(rules)) {}

  // `now` is the time of the system clock.
  base::Result<Identity> verify(std::string_view token, base::WallTime now) const;

 private:
  KeySet keys_;
  ClaimRules rules_;
};

}  // namespace rollcall::auth

#pragma once

#include "transport/auth/key.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::auth {

// The keys that tokens may be signed with: a single one, or those of a JSON Web Key Set.
class KeySet {
 public:
  static constexpr std::size_t kMaxJwksBytes = 256 * 1024;
  static constexpr std::size_t kMaxJwks = 100;
  static constexpr std::size_t kMaxKidBytes = 256;

  // One key for every token, whatever key a token names.
  static KeySet single(Key key);

  // RFC 7517, 5. Keys of another algorithm or use, or without a kid, are passed over; those of
  // this algorithm must be sound, and at least one must be there (invalid_argument, "bad_jwks").
  static base::Result<KeySet> from_jwks(Algorithm algorithm, std::string_view text);

  Algorithm algorithm() const { return keys_.front().key.algorithm(); }

  // The key that a token's `kid`, if it has one, names; null when that is none of these.
  const Key* find(std::optional<std::string_view> kid) const;
  // Some key, for the work that makes refusals take equally long.
  const Key& any() const { return keys_.front().key; }

 private:
  struct NamedKey {
    std::string kid;
    Key key;
  };
  bool single_ = false;
  std::vector<NamedKey> keys_;  // never empty
};

}  // namespace rollcall::auth

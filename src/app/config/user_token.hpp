#pragma once

#include "app/config/config.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

#include <string>
#include <vector>

namespace rollcall::app {

// What `rollcall token` is asked for.
struct TokenRequest {
  std::string user;
  std::string ttl = "1h";
  std::vector<std::string> watch = {};  // ids, "prefix*", "*"
  std::string private_key_file = {};    // PEM; for RS256, ES256 and EdDSA
  std::string key_id = {};              // the `kid`, for a JSON Web Key Set
};

// A token that a server of this configuration takes, which is tried before it is given out. An
// error says what to give, and holds no secret.
base::Result<std::string> make_user_token(const TokenRequest& request, const AuthConfig& config,
                                          base::WallTime now);

}  // namespace rollcall::app

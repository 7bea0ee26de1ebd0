#pragma once

#include "app/config/config.hpp"
#include "base/result.hpp"
#include "transport/auth/verifier.hpp"

#include <memory>
#include <string>

namespace rollcall::app {

// What checks users' tokens, as [auth] states it; null when it names no key. An error names the
// setting and what is wrong with its key, and repeats no secret.
base::Result<std::shared_ptr<const auth::Verifier>> load_verifier(const AuthConfig& config);

// The bytes of a file that holds one secret, without the end of its line.
base::Result<std::string> read_secret(const std::string& path);

}  // namespace rollcall::app

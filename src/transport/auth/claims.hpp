#pragma once

#include "transport/auth/verifier.hpp"

#include <optional>

#include <boost/json/object.hpp>

namespace rollcall::auth {

// What the claims of a token say (RFC 7519, 4.1), or nothing when they are not to be believed.
std::optional<Identity> read_claims(const boost::json::object& claims, const ClaimRules& rules,
                                    base::WallTime now);

}  // namespace rollcall::auth

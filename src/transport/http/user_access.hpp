#pragma once

#include "base/time.hpp"
#include "transport/auth/identity.hpp"
#include "transport/http/access.hpp"

#include <string_view>

namespace rollcall::http {

// Where a request may carry its token.
enum class TokenPlaces {
  header_only,  // "Authorization: Bearer TOKEN"
  of_a_socket,  // also the subprotocol "bearer.TOKEN", and ?access_token=TOKEN
};

// Who the user is: as the gateway says, who proves itself by its secret; else as the token says;
// else, under --dev alone, as ?user_id= says. All bad tokens are refused alike ("invalid_token").
// Further errors: 401 "token_required" and "token_not_configured"; 400 "several_tokens",
// "several_users", and what ids and query strings may not hold.
base::Result<auth::Identity> identify_user(const AccessRules& rules, const Request& request,
                                           std::string_view query, TokenPlaces places,
                                           base::WallTime now);

}  // namespace rollcall::http

#include "transport/http/user_access.hpp"

#include "transport/http/target.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <openssl/crypto.h>

namespace rollcall::http {
namespace {

constexpr std::string_view kBearerProtocol = "bearer.";

base::Error bad_request(std::string_view code, std::string_view message) {
  return {base::Errc::invalid_argument, code, std::string(message)};
}

base::Error unauthenticated(std::string_view code, std::string_view message) {
  return {base::Errc::unauthenticated, code, std::string(message)};
}

std::vector<std::string_view> values_of(const Request& request, std::string_view name) {
  std::vector<std::string_view> values;
  for (const Header& header : request.headers) {
    if (equal_ignoring_case(header.name, name)) values.push_back(header.value);
  }
  return values;
}

bool proves_gateway(const AccessRules& rules, const Request& request) {
  const auto secrets = values_of(request, "X-Gateway-Secret");
  if (!rules.gateway_secret || secrets.size() != 1) return false;
  const KeyDigest digest = digest_of(secrets.front());
  return CRYPTO_memcmp(digest.data(), rules.gateway_secret->data(), digest.size()) == 0;
}

base::Result<auth::Identity> named_user(std::string_view id, auth::WatchGrant watch) {
  auto user = core::UserId::parse(id);
  if (!user) return std::move(user).error();
  return auth::Identity{std::move(user).value(), std::nullopt, std::move(watch)};
}

void add_of_subprotocols(std::vector<std::string>& tokens, const Request& request) {
  for (const std::string_view protocol : request.list("Sec-WebSocket-Protocol")) {
    if (!protocol.starts_with(kBearerProtocol)) continue;
    tokens.emplace_back(protocol.substr(kBearerProtocol.size()));
  }
}

// All that the request presents as tokens.
base::Result<std::vector<std::string>> tokens_of(const Request& request, std::string_view query,
                                                 TokenPlaces places) {
  std::vector<std::string> tokens;
  for (const std::string_view authorization : values_of(request, "Authorization")) {
    const std::string_view token = bearer_of(authorization);
    if (!token.empty()) tokens.emplace_back(token);
  }
  if (places == TokenPlaces::header_only) return tokens;
  add_of_subprotocols(tokens, request);
  auto in_query = query_value(query, "access_token");
  if (!in_query) return std::move(in_query).error();
  if (in_query.value()) tokens.push_back(*std::move(in_query).value());
  return tokens;
}

base::Error nobody_named(const AccessRules& rules, TokenPlaces places) {
  if (rules.dev) {
    return unauthenticated("user_required",
                           "name the user: ?user_id=ID (--dev takes it without a token)");
  }
  if (!rules.verifier && !rules.gateway_secret) {
    return unauthenticated("token_not_configured",
                           "this route needs a user's token, and none can be verified: set "
                           "auth.secret_file, auth.public_key_file or auth.jwks_file, or "
                           "gateway.secret_file, or start with --dev");
  }
  if (!rules.verifier) {
    return unauthenticated("token_required",
                           "users are named by the gateway: X-User-ID with X-Gateway-Secret");
  }
  return unauthenticated("token_required",
                         places == TokenPlaces::header_only
                             ? "send the user's token as \"Authorization: Bearer TOKEN\""
                             : "send the user's token as \"Authorization: Bearer TOKEN\", as the "
                               "subprotocol \"bearer.TOKEN\", or as ?access_token=TOKEN");
}

}  // namespace

base::Result<auth::Identity> identify_user(const AccessRules& rules, const Request& request,
                                           std::string_view query, TokenPlaces places,
                                           base::WallTime now) {
  const auto users = values_of(request, "X-User-ID");
  if (!users.empty() && proves_gateway(rules, request)) {
    if (users.size() > 1) return bad_request("several_users", "X-User-ID stands there twice");
    return named_user(users.front(), {});
  }
  const auto tokens = tokens_of(request, query, places);
  if (!tokens) return tokens.error();
  if (tokens.value().size() > 1) {
    return bad_request("several_tokens", "send one token, in one place (RFC 6750, 2)");
  }
  if (!tokens.value().empty() && rules.verifier) {
    return rules.verifier->verify(tokens.value().front(), now);
  }
  if (!rules.dev) return nobody_named(rules, places);
  auto user = query_value(query, "user_id");
  if (!user) return std::move(user).error();
  if (!user.value()) return nobody_named(rules, places);
  return named_user(*user.value(), auth::WatchGrant::everyone());
}

}  // namespace rollcall::http

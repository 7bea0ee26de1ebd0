#include "transport/http/api.hpp"

#include <utility>

namespace rollcall::http {
namespace {

Response preflight(const Router::Match& match) {
  Response response;
  response.status = 204;
  response.fields = "Access-Control-Allow-Methods: " + match.allowed_methods +
                    "\r\nAccess-Control-Allow-Headers: Content-Type, Authorization, X-API-Key"
                    "\r\nAccess-Control-Max-Age: 600\r\nAllow: " +
                    match.allowed_methods + "\r\n";
  return response;
}

Response method_not_allowed(const Router::Match& match) {
  Response response =
      error_response(405, "method_not_allowed", "this path takes " + match.allowed_methods);
  response.fields = "Allow: " + match.allowed_methods + "\r\n";
  return response;
}

}  // namespace

void Api::handle(const Request& request, const Client& client, Exchange exchange) {
  auto caller = identify(*rules_, request, client);
  if (!caller) return exchange.respond(error_response(caller.error()));
  if (!caller.value().cors_fields.empty()) exchange.set_fields(caller.value().cors_fields);
  const auto target = split_target(request.target);
  if (!target) return exchange.respond(error_response(target.error()));
  auto match = router_.find(request.method, target.value().path);
  if (!match) return exchange.respond(error_response(match.error()));
  const Route* route = match.value().route;
  if (route == nullptr && match.value().allowed_methods.empty()) {
    return exchange.respond(error_response(404, "not_found", "there is nothing at this path"));
  }
  if (route == nullptr) {
    return exchange.respond(request.method == Method::options ? preflight(match.value())
                                                              : method_not_allowed(match.value()));
  }
  Call call{
      request, caller.value().client,   target.value().query, std::move(match.value().params),
      {},      caller.value().same_site};
  if (auto allowed = authorize(*route, call); !allowed) {
    return exchange.respond(error_response(allowed.error()));
  }
  route->handler(call, exchange);
}

base::Status Api::authorize(const Route& route, Call& call) const {
  if (route.access == Access::api_key) {
    if (auto refused = check_api_key(*rules_, call.request)) return std::move(*refused);
  }
  if (route.access != Access::user) return base::Done{};
  if (!rules_->dev) {
    return base::Error{base::Errc::unauthenticated, "token_not_configured",
                       "this route needs a user's token, and none can be verified: this version "
                       "takes users by ?user_id= under --dev only"};
  }
  auto user = call.query_value("user_id");
  if (!user) return std::move(user).error();
  if (!user.value()) {
    return base::Error{base::Errc::unauthenticated, "user_required",
                       "name the user: ?user_id=ID (--dev takes it without a token)"};
  }
  call.user = *std::move(user).value();
  return base::Done{};
}

}  // namespace rollcall::http

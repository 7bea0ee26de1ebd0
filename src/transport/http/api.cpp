#include "transport/http/api.hpp"

#include "transport/http/user_access.hpp"

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
  Call call{request,
            caller.value().client,
            target.value().query,
            std::move(match.value().params),
            caller.value().same_site,
            {}};
  if (auto allowed = authorize(*route, call); !allowed) {
    return exchange.respond(error_response(allowed.error()));
  }
  route->handler(call, exchange);
}

base::Status Api::authorize(const Route& route, Call& call) const {
  if (route.access == Access::api_key || route.access == Access::key_socket) {
    const auto places =
        route.access == Access::key_socket ? KeyPlaces::of_a_socket : KeyPlaces::headers;
    if (auto refused = check_api_key(*rules_, call.request, places)) return std::move(*refused);
  }
  if (route.access != Access::user && route.access != Access::socket) return base::Done{};
  const auto places =
      route.access == Access::socket ? TokenPlaces::of_a_socket : TokenPlaces::header_only;
  auto identity = identify_user(*rules_, call.request, call.query, places, clock_.now());
  if (!identity) return std::move(identity).error();
  call.identity = std::move(identity).value();
  return base::Done{};
}

}  // namespace rollcall::http

#include "transport/http/operation_routes.hpp"

#include "transport/http/json_response.hpp"
#include "transport/http/page_routes.hpp"

#include <utility>

#include <embedded/rollcall_http.hpp>

namespace rollcall::http {
namespace {

using Tell = std::function<void(std::function<void(std::string)>)>;

Handler tell_json(const Tell& tell) {
  return [&tell](const Call&, Exchange exchange) {
    tell([exchange](std::string json) { exchange.respond(json_response(200, std::move(json))); });
  };
}

}  // namespace

void OperationRoutes::add_to(Router& router, Access operator_access) {
  router.add(
      {Method::get, "/healthz", Access::open,
       serve_bytes(R"({"status":"ok"})", "application/json", "Cache-Control: no-store\r\n")});
  router.add({Method::get, "/readyz", Access::open,
              [this](const Call&, Exchange exchange) { exchange.respond(ready()); }});
  router.add(
      {Method::get, "/openapi.json", Access::open,
       serve_bytes(pages::openapi_json(), "application/json", "Cache-Control: no-cache\r\n")});
  router.add({Method::get, "/metrics", operator_access, [this](const Call&, Exchange exchange) {
                Response response;
                response.body = operations_.metrics_text();
                response.content_type = "text/plain; version=0.0.4; charset=utf-8";
                exchange.respond(response);
              }});
  router.add(
      {Method::get, "/api/v1/status", operator_access, [this](const Call&, Exchange exchange) {
         operations_.status([exchange](const NodeStatus& status) {
           exchange.respond(json_response(200, status_json(status)));
         });
       }});
  router.add({Method::get, "/api/v1/history", operator_access, tell_json(operations_.history)});
  router.add({Method::get, "/api/v1/nodes", operator_access, tell_json(operations_.nodes)});
}

// A dependency that every node shares never takes a node out of the balancer: it is told, with
// 200.
Response OperationRoutes::ready() const {
  if (operations_.draining()) {
    return error_response(503, "draining", "this node is shutting down");
  }
  if (operations_.wedged()) {
    return error_response(503, "wedged",
                          "Redis answers this node, and yet delivers nothing to it: restart it");
  }
  std::string body = R"({"status":"ready","degraded":[)";
  for (const std::string& name : operations_.degraded()) {
    if (body.back() != '[') body += ',';
    body += json_string(name);
  }
  body += R"(],"rosters":{)";
  for (const auto& [roster, state] : operations_.unsettled_rosters()) {
    if (body.back() != '{') body += ',';
    body += json_string(roster) + ":" + json_string(name_of(state));
  }
  return json_response(200, std::move(body) + "}}");
}

}  // namespace rollcall::http

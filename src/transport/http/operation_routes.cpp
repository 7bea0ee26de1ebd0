#include "transport/http/operation_routes.hpp"

#include "transport/http/json_response.hpp"

#include <utility>

#include <embedded/rollcall_http.hpp>

namespace rollcall::http {
namespace {

constexpr std::string_view kPageFields =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"
    "Cache-Control: no-cache\r\n";

Handler serve(std::string_view body, std::string_view content_type, std::string_view fields) {
  return [=](const Call&, Exchange exchange) {
    Response response;
    response.body = body;
    response.content_type = content_type;
    response.fields = fields;
    exchange.respond(response);
  };
}

}  // namespace

void OperationRoutes::add_to(Router& router, Access operator_access) {
  router.add({Method::get, "/healthz", Access::open,
              serve(R"({"status":"ok"})", "application/json", "Cache-Control: no-store\r\n")});
  router.add({Method::get, "/readyz", Access::open,
              [this](const Call&, Exchange exchange) { exchange.respond(ready()); }});
  router.add({Method::get, "/openapi.json", Access::open,
              serve(pages::openapi_json(), "application/json", "Cache-Control: no-cache\r\n")});
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

void add_page_routes(Router& router) {
  struct Page {
    std::string_view path;
    std::string_view body;
    std::string_view content_type;
  };
  constexpr std::string_view kCss = "text/css; charset=utf-8";
  constexpr std::string_view kScript = "text/javascript; charset=utf-8";
  const Page page_files[] = {
      {"/", pages::index_html(), "text/html; charset=utf-8"},
      {"/assets/live.css", pages::live_css(), kCss},
      {"/assets/live.js", pages::live_js(), kScript},
      {"/assets/notices.mjs", pages::notices_mjs(), kScript},
      {"/assets/parts.mjs", pages::parts_mjs(), kScript},
      {"/assets/realtime.css", pages::realtime_css(), kCss},
      {"/assets/realtime.mjs", pages::realtime_mjs(), kScript},
      {"/assets/retention.css", pages::retention_css(), kCss},
      {"/assets/retention.mjs", pages::retention_mjs(), kScript},
      {"/assets/status.mjs", pages::status_mjs(), kScript},
      {"/assets/stores.css", pages::stores_css(), kCss},
      {"/assets/stores.mjs", pages::stores_mjs(), kScript},
      {"/assets/socket.mjs", pages::socket_mjs(), kScript},
      {"/assets/watch_list.mjs", pages::watch_list_mjs(), kScript},
  };
  for (const Page& page : page_files) {
    router.add({Method::get, std::string(page.path), Access::open,
                serve(page.body, page.content_type, kPageFields)});
  }
}

}  // namespace rollcall::http

#include "transport/ws/routes.hpp"

#include "transport/ws/handshake.hpp"

#include <utility>

namespace rollcall::ws {
namespace {

// `open` takes the connection over, once it is a WebSocket.
template <typename Open>
void upgrade(const http::Call& call, const http::Exchange& exchange, Open open) {
  const http::Response answer = answer_handshake(call.request);
  if (answer.status != 101) return exchange.respond(answer);
  exchange.upgrade(answer, std::move(open));
}

}  // namespace

void add_realtime_route(http::Router& router, Server& server) {
  router.add({http::Method::get, "/api/v1/realtime/ws", http::Access::socket,
              [&server](const http::Call& call, const http::Exchange& exchange) {
                upgrade(call, exchange, [&server, user = *call.identity](http::Upgraded upgraded) {
                  server.open_user(std::move(upgraded), user);
                });
              }});
}

void add_dashboard_route(http::Router& router, Server& server, http::Access access) {
  router.add({http::Method::get, "/api/v1/dashboard/ws", access,
              [&server](const http::Call& call, const http::Exchange& exchange) {
                upgrade(call, exchange, [&server](http::Upgraded upgraded) {
                  server.open_observer(std::move(upgraded));
                });
              }});
}

void add_echo_route(http::Router& router, Server& server) {
  router.add({http::Method::get, "/echo", http::Access::open,
              [&server](const http::Call& call, const http::Exchange& exchange) {
                upgrade(call, exchange, [&server](http::Upgraded upgraded) {
                  server.open_echo(std::move(upgraded));
                });
              }});
}

}  // namespace rollcall::ws

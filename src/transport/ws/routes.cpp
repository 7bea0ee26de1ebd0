#include "transport/ws/routes.hpp"

#include "transport/ws/handshake.hpp"

#include <utility>

namespace rollcall::ws {

void add_realtime_route(http::Router& router, Server& server) {
  router.add({http::Method::get, "/api/v1/realtime/ws", http::Access::socket,
              [&server](const http::Call& call, const http::Exchange& exchange) {
                const http::Response answer = answer_handshake(call.request);
                if (answer.status != 101) return exchange.respond(answer);
                exchange.upgrade(answer,
                                 [&server, user = *call.identity](http::Upgraded upgraded) {
                                   server.open_user(std::move(upgraded), user);
                                 });
              }});
}

void add_echo_route(http::Router& router, Server& server) {
  router.add({http::Method::get, "/echo", http::Access::open,
              [&server](const http::Call& call, const http::Exchange& exchange) {
                const http::Response answer = answer_handshake(call.request);
                if (answer.status != 101) return exchange.respond(answer);
                exchange.upgrade(answer, [&server](http::Upgraded upgraded) {
                  server.open_echo(std::move(upgraded));
                });
              }});
}

}  // namespace rollcall::ws

#pragma once

#include "transport/http/router.hpp"
#include "transport/ws/server.hpp"

namespace rollcall::ws {

// GET /api/v1/realtime/ws: the WebSocket of a user.
void add_realtime_route(http::Router& router, Server& server);

// GET /api/v1/dashboard/ws: the WebSocket of an operator's page.
void add_dashboard_route(http::Router& router, Server& server, http::Access access);

// GET /echo: a WebSocket that returns every message, for conformance suites (--echo).
void add_echo_route(http::Router& router, Server& server);

}  // namespace rollcall::ws

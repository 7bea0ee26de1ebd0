#pragma once

#include "transport/http/router.hpp"

#include <string_view>

namespace rollcall::http {

// Answers with bytes that outlive it. `fields` are header lines, each ended by CRLF.
Handler serve_bytes(std::string_view body, std::string_view content_type, std::string_view fields);

// The live page at / and what it alone loads.
void add_page_routes(Router& router);

// The dashboard at /dashboard and what it loads, what both pages share among it. None of
// this is data: for that the page asks the API.
void add_dashboard_routes(Router& router);

}  // namespace rollcall::http

#include "transport/http/page_routes.hpp"

#include <initializer_list>
#include <string>

#include <embedded/rollcall_http.hpp>

namespace rollcall::http {
namespace {

constexpr std::string_view kPageFields =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"
    "Cache-Control: no-cache\r\n";

constexpr std::string_view kHtml = "text/html; charset=utf-8";
constexpr std::string_view kCss = "text/css; charset=utf-8";
constexpr std::string_view kScript = "text/javascript; charset=utf-8";

struct Page {
  std::string_view path;
  std::string_view body;
  std::string_view content_type;
};

void add_pages(Router& router, std::initializer_list<Page> files) {
  for (const Page& page : files) {
    router.add({Method::get, std::string(page.path), Access::open,
                serve_bytes(page.body, page.content_type, kPageFields)});
  }
}

}  // namespace

Handler serve_bytes(std::string_view body, std::string_view content_type,
                    std::string_view fields) {
  return [=](const Call&, Exchange exchange) {
    Response response;
    response.body = body;
    response.content_type = content_type;
    response.fields = fields;
    exchange.respond(response);
  };
}

void add_page_routes(Router& router) {
  add_pages(router, {
                        {"/", pages::index_html(), kHtml},
                        {"/assets/live.css", pages::live_css(), kCss},
                        {"/assets/live.js", pages::live_js(), kScript},
                        {"/assets/notices.mjs", pages::notices_mjs(), kScript},
                        {"/assets/realtime.css", pages::realtime_css(), kCss},
                        {"/assets/realtime.mjs", pages::realtime_mjs(), kScript},
                        {"/assets/retention.css", pages::retention_css(), kCss},
                        {"/assets/retention.mjs", pages::retention_mjs(), kScript},
                        {"/assets/status.mjs", pages::status_mjs(), kScript},
                        {"/assets/stores.css", pages::stores_css(), kCss},
                        {"/assets/stores.mjs", pages::stores_mjs(), kScript},
                        {"/assets/socket.mjs", pages::socket_mjs(), kScript},
                        {"/assets/watch_list.mjs", pages::watch_list_mjs(), kScript},
                    });
}

void add_dashboard_routes(Router& router) {
  add_pages(router, {
                        {"/dashboard", pages::dashboard_html(), kHtml},
                        {"/assets/base.css", pages::base_css(), kCss},
                        {"/assets/parts.mjs", pages::parts_mjs(), kScript},
                        {"/assets/retention_words.mjs", pages::retention_words_mjs(), kScript},
                        {"/assets/dashboard/chart.min.js", pages::chart_min_js(), kScript},
                        {"/assets/dashboard/dashboard.css", pages::dashboard_css(), kCss},
                        {"/assets/dashboard/panels.css", pages::panels_css(), kCss},
                        {"/assets/dashboard/dashboard.mjs", pages::dashboard_mjs(), kScript},
                        {"/assets/dashboard/access.mjs", pages::access_mjs(), kScript},
                        {"/assets/dashboard/feed.mjs", pages::feed_mjs(), kScript},
                        {"/assets/dashboard/stream.mjs", pages::stream_mjs(), kScript},
                        {"/assets/dashboard/charts.mjs", pages::charts_mjs(), kScript},
                        {"/assets/dashboard/overview.mjs", pages::overview_mjs(), kScript},
                        {"/assets/dashboard/rosters.mjs", pages::rosters_mjs(), kScript},
                        {"/assets/dashboard/traffic.mjs", pages::traffic_mjs(), kScript},
                        {"/assets/dashboard/outages.mjs", pages::outages_mjs(), kScript},
                        {"/assets/dashboard/nodes.mjs", pages::nodes_mjs(), kScript},
                        {"/assets/dashboard/upkeep.mjs", pages::upkeep_mjs(), kScript},
                        {"/assets/dashboard/people.mjs", pages::people_mjs(), kScript},
                    });
}

}  // namespace rollcall::http

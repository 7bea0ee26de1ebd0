#include "app/client/http_target.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace rollcall::app {

base::Result<HttpTarget> parse_http_target(const std::string& url) {
  const auto parsed = boost::urls::parse_uri(url);
  const base::Error wrong{base::Errc::invalid_argument, "bad_url",
                          "expects a URL such as http://127.0.0.1:8085"};
  if (!parsed || parsed->host().empty()) return wrong;
  if (parsed->scheme() != "http" && parsed->scheme() != "https") return wrong;
  if (parsed->has_userinfo() || parsed->has_query() || parsed->has_fragment()) return wrong;
  if (!parsed->encoded_path().empty() && parsed->encoded_path() != "/") return wrong;
  HttpTarget target;
  target.tls = parsed->scheme() == "https";
  target.host = parsed->host_address();
  target.port = parsed->has_port() ? std::string(parsed->port()) : (target.tls ? "443" : "80");
  target.authority = parsed->encoded_host_and_port();
  return target;
}

}  // namespace rollcall::app

#include "app/bench/net.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::bench {

namespace asio = boost::asio;
using boost::system::error_code;

bool Net::is_loopback() const {
  return std::ranges::all_of(
      endpoints, [](const auto& entry) { return entry.endpoint().address().is_loopback(); });
}

base::Result<Net> make_net(const std::string& url) {
  auto target = app::parse_http_target(url);
  if (!target) return std::move(target).error();
  Net net{std::move(target).value(), {}, std::make_unique<asio::io_context>(1), nullptr};
  error_code error;
  asio::ip::tcp::resolver resolver(*net.loop);
  net.endpoints = resolver.resolve(net.target.host, net.target.port, error);
  if (error || net.endpoints.empty()) {
    return base::Error{base::Errc::unavailable, "unknown_host",
                       net.target.host + ": " + error.message()};
  }
  if (!net.target.tls) return net;
  net.tls = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
  net.tls->set_verify_mode(asio::ssl::verify_peer);
  net.tls->set_default_verify_paths(error);
  return net;
}

}  // namespace rollcall::bench

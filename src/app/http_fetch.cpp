#include "app/http_fetch.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace rollcall::app {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::uint64_t kMostBytes = 4 * 1024 * 1024;

struct Target {
  bool tls = false;
  std::string host;
  std::string port;
  std::string authority;
};

base::Error unreachable(const FetchRequest& request, std::string_view why) {
  return {base::Errc::unavailable, "unreachable", request.url + ": " + std::string(why)};
}

base::Result<Target> parse_target(const std::string& url) {
  const auto parsed = boost::urls::parse_uri(url);
  const base::Error wrong{base::Errc::invalid_argument, "bad_url",
                          "expects a URL such as http://127.0.0.1:8085"};
  if (!parsed || parsed->host().empty()) return wrong;
  if (parsed->scheme() != "http" && parsed->scheme() != "https") return wrong;
  if (parsed->has_userinfo() || parsed->has_query() || parsed->has_fragment()) return wrong;
  if (!parsed->encoded_path().empty() && parsed->encoded_path() != "/") return wrong;
  Target target;
  target.tls = parsed->scheme() == "https";
  target.host = parsed->host_address();  // an IPv6 address without its brackets
  target.port = parsed->has_port() ? std::string(parsed->port()) : (target.tls ? "443" : "80");
  target.authority = parsed->encoded_host_and_port();
  return target;
}

// One request on its way, over a socket or over TLS; each step begins the next one.
class Fetch {
 public:
  Fetch(const FetchRequest& request, Target target)
      : request_(request), target_(std::move(target)) {
    message_.method(http::verb::get);
    message_.target(request.path);
    message_.version(11);
    message_.set(http::field::host, target_.authority);
    message_.set(http::field::user_agent, "rollcall/" ROLLCALL_VERSION);
    message_.set(http::field::connection, "close");
    if (!request.api_key.empty()) message_.set("X-API-Key", request.api_key);
    parser_.body_limit(kMostBytes);
  }

  base::Result<Fetched> run() {
    resolver_.async_resolve(target_.host, target_.port, [this](error_code error, auto found) {
      if (error) return end(error);
      asio::async_connect(stream_.next_layer(), found,
                          [this](error_code failed, const tcp::endpoint&) { connected(failed); });
    });
    loop_.run_for(request_.timeout);
    if (!ended_) {
      return base::Error{base::Errc::timeout, "no_answer", request_.url + ": no answer in time"};
    }
    if (*ended_) return unreachable(request_, ended_->message());
    return Fetched{static_cast<int>(parser_.get().result_int()), std::move(parser_.get().body())};
  }

 private:
  void connected(error_code error) {
    if (error) return end(error);
    if (!target_.tls) return write(stream_.next_layer());
    tls_.set_default_verify_paths(error);
    stream_.set_verify_mode(asio::ssl::verify_peer);
    stream_.set_verify_callback(asio::ssl::host_name_verification(target_.host));
    asio::ip::make_address(target_.host, error);
    if (error) name_host();  // not an address
    stream_.async_handshake(asio::ssl::stream_base::client, [this](error_code failed) {
      if (failed) return end(failed);
      write(stream_);
    });
  }

  void name_host() {
    ::SSL_ctrl(stream_.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
               target_.host.data());
  }

  template <typename Stream>
  void write(Stream& stream) {
    http::async_write(stream, message_, [this, &stream](error_code error, std::size_t) {
      if (error) return end(error);
      http::async_read(stream, buffer_, parser_,
                       [this](error_code failed, std::size_t) { end(failed); });
    });
  }

  void end(error_code error) { ended_ = error; }

  const FetchRequest& request_;
  Target target_;
  asio::io_context loop_{1};
  asio::ssl::context tls_{asio::ssl::context::tls_client};
  tcp::resolver resolver_{loop_};
  asio::ssl::stream<tcp::socket> stream_{loop_, tls_};
  http::request<http::empty_body> message_;
  http::response_parser<http::string_body> parser_;
  boost::beast::flat_buffer buffer_;
  std::optional<error_code> ended_;
};

}  // namespace

base::Result<Fetched> fetch(const FetchRequest& request) {
  auto target = parse_target(request.url);
  if (!target) return std::move(target).error();
  return Fetch(request, std::move(target).value()).run();
}

}  // namespace rollcall::app

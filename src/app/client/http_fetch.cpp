#include "app/client/http_fetch.hpp"

#include "app/client/http_target.hpp"

#include <algorithm>
#include <array>
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
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

namespace rollcall::app {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::uint64_t kMostBytes = 4 * 1024 * 1024;
constexpr std::size_t kMostBehind = 64 * 1024;
constexpr int kSwitching = 101;

base::Error unreachable(const FetchRequest& request, std::string_view why) {
  return {base::Errc::unavailable, "unreachable", request.url + ": " + std::string(why)};
}

// One request on its way, over a socket or over TLS; each step begins the next one.
class Fetch {
 public:
  Fetch(const FetchRequest& request, HttpTarget target)
      : request_(request), target_(std::move(target)) {
    message_.method_string(request.method);
    message_.target(request.path);
    message_.version(11);
    message_.set(http::field::host, target_.authority);
    message_.set(http::field::user_agent, "rollcall/" ROLLCALL_VERSION);
    message_.set(http::field::connection, "close");
    if (!request.api_key.empty()) message_.set("X-API-Key", request.api_key);
    for (const auto& [name, value] : request.fields) message_.set(name, value);
    message_.body() = request.body;
    if (request.method != "GET") message_.prepare_payload();
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
    answer_.status = static_cast<int>(parser_.get().result_int());
    answer_.body = std::move(parser_.get().body());
    for (const auto& field : parser_.get()) {
      answer_.fields.emplace_back(field.name_string(), field.value());
    }
    if (answer_.status == kSwitching && request_.hold.count() > 0) hold();
    return std::move(answer_);
  }

 private:
  void connected(error_code error) {
    if (error) return end(error);
    if (!target_.tls) return write(stream_.next_layer());
    tls_.set_default_verify_paths(error);
    stream_.set_verify_mode(request_.any_certificate ? asio::ssl::verify_none
                                                     : asio::ssl::verify_peer);
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

  void hold() {
    using std::chrono::steady_clock;
    const auto began = steady_clock::now();
    answer_.behind.assign(static_cast<const char*>(buffer_.data().data()), buffer_.size());
    loop_.restart();
    if (target_.tls) {
      listen(stream_);
    } else {
      listen(stream_.next_layer());
    }
    loop_.run_for(request_.hold);
    answer_.held_for = std::chrono::duration_cast<base::Millis>(steady_clock::now() - began);
  }

  template <typename Stream>
  void listen(Stream& stream) {
    if (request_.until && request_.until(answer_.behind)) return loop_.stop();
    stream.async_read_some(asio::buffer(part_), [this, &stream](error_code error, std::size_t n) {
      answer_.behind.append(part_.data(), std::min(n, kMostBehind - answer_.behind.size()));
      if (!error) return listen(stream);
      answer_.was_closed = true;
      loop_.stop();
    });
  }

  const FetchRequest& request_;
  HttpTarget target_;
  asio::io_context loop_{1};
  asio::ssl::context tls_{asio::ssl::context::tls_client};
  tcp::resolver resolver_{loop_};
  asio::ssl::stream<tcp::socket> stream_{loop_, tls_};
  http::request<http::string_body> message_;
  http::response_parser<http::string_body> parser_;
  boost::beast::flat_buffer buffer_;
  std::optional<error_code> ended_;
  std::array<char, 4096> part_{};
  Fetched answer_;
};

}  // namespace

std::string_view Fetched::field(std::string_view name) const {
  for (const auto& [each, value] : fields) {
    if (boost::beast::iequals(each, name)) return value;
  }
  return {};
}

base::Result<Fetched> fetch(const FetchRequest& request) {
  auto target = parse_http_target(request.url);
  if (!target) return std::move(target).error();
  return Fetch(request, std::move(target).value()).run();
}

}  // namespace rollcall::app

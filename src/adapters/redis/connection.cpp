#include "adapters/redis/connection.hpp"

#include <utility>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>
#include <openssl/ssl.h>

namespace rollcall::redis {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// OpenSSL's macro for this casts as C does.
bool set_server_name(SSL* tls, std::string& host) {
  return SSL_ctrl(tls, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host.data()) == 1;
}

}  // namespace

Connection::Connection(asio::io_context& context, asio::ssl::context* tls, Owner& owner)
    : resolver_(context), socket_(context), owner_(&owner) {
  if (tls != nullptr) tls_.emplace(socket_, *tls);
}

void Connection::open(const Endpoint& endpoint) {
  host_ = endpoint.host;
  is_tcp_ = endpoint.path.empty();
  if (is_tcp_) return resolve(endpoint);
  try {
    connect({Protocol::endpoint(asio::local::stream_protocol::endpoint(endpoint.path))});
  } catch (const boost::system::system_error& error) {
    asio::post(socket_.get_executor(), [self = shared_from_this(), code = error.code()] {
      self->broken("opening the Unix socket", code);
    });
  }
}

void Connection::resolve(const Endpoint& endpoint) {
  resolver_.async_resolve(
      endpoint.host, std::to_string(endpoint.port),
      [self = shared_from_this()](const error_code& error, const auto& results) {
        if (self->owner_ == nullptr) return;
        if (error) return self->broken("looking up the host", error);
        std::vector<Protocol::endpoint> endpoints;
        for (const auto& result : results) endpoints.emplace_back(result.endpoint());
        self->connect(endpoints);
      });
}

void Connection::connect(const std::vector<Protocol::endpoint>& endpoints) {
  asio::async_connect(socket_, endpoints,
                      [self = shared_from_this()](const error_code& error, const auto&) {
                        if (self->owner_ == nullptr) return;
                        if (error) return self->broken("connecting", error);
                        self->connected();
                      });
}

void Connection::connected() {
  error_code ignored;  // a link without these options still works
  if (is_tcp_) socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.set_option(asio::socket_base::keep_alive(true), ignored);
  if (tls_) return shake_hands();
  opened();
}

void Connection::shake_hands() {
  error_code error;
  asio::ip::make_address(host_, error);
  const bool is_name = error.failed();
  if (is_name && !set_server_name(tls_->native_handle(), host_)) {
    return broken("naming the host for TLS", asio::error::invalid_argument);
  }
  tls_->set_verify_callback(asio::ssl::host_name_verification(host_), error);
  if (error) return broken("preparing TLS", error);
  tls_->async_handshake(asio::ssl::stream_base::client,
                        [self = shared_from_this()](const error_code& failure) {
                          if (self->owner_ == nullptr) return;
                          if (failure) return self->broken("TLS", failure);
                          self->opened();
                        });
}

void Connection::opened() {
  read();
  owner_->on_open();
}

void Connection::read() {
  const auto received = [self = shared_from_this()](const error_code& error, std::size_t size) {
    if (self->owner_ == nullptr) return;
    if (error) return self->broken("reading", error);
    self->owner_->on_bytes({self->bytes_.data(), size});
    if (self->owner_ != nullptr) self->read();
  };
  if (tls_) return tls_->async_read_some(asio::buffer(bytes_), received);
  socket_.async_read_some(asio::buffer(bytes_), received);
}

void Connection::write(std::string& output) {
  writing_.swap(output);
  output.clear();
  const auto written = [self = shared_from_this()](const error_code& error, std::size_t) {
    if (self->owner_ == nullptr) return;
    if (error) return self->broken("writing", error);
    self->owner_->on_written();
  };
  if (tls_) return asio::async_write(*tls_, asio::buffer(writing_), written);
  asio::async_write(socket_, asio::buffer(writing_), written);
}

bool Connection::has_unread() {
  error_code error;
  return socket_.available(error) > 0 && !error;
}

void Connection::close() {
  owner_ = nullptr;
  resolver_.cancel();
  error_code ignored;
  socket_.close(ignored);
}

void Connection::broken(std::string_view doing, const error_code& error) {
  if (owner_ == nullptr) return;
  Owner& owner = *owner_;
  close();
  const bool ended = error == asio::error::eof || error == asio::ssl::error::stream_truncated;
  std::string reason(doing);
  reason += ended ? ": the server closed the connection" : ": " + error.message();
  owner.on_broken(reason);
}

}  // namespace rollcall::redis

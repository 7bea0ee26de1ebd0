#include "app/bench/wire.hpp"

#include <utility>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>

namespace rollcall::bench {

namespace asio = boost::asio;
using boost::system::error_code;

Wire::Wire(const Net& net) : net_(net), plain_(*net.loop) {
  if (net.tls) tls_ = std::make_unique<asio::ssl::stream<Socket>>(*net.loop, *net.tls);
}

void Wire::open(OnOpen handler) {
  on_open_ = std::move(handler);
  asio::async_connect(socket(), net_.endpoints,
                      [self = shared_from_this()](error_code error, const auto&) {
                        if (self->is_closed_) return;
                        if (error || !self->tls_) return self->opened(error);
                        self->shake_hands();
                      });
}

void Wire::shake_hands() {
  tls_->set_verify_callback(asio::ssl::host_name_verification(net_.target.host));
  error_code error;
  asio::ip::make_address(net_.target.host, error);
  if (error) {  // a name, not an address
    std::string name = net_.target.host;
    ::SSL_ctrl(tls_->native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
               name.data());
  }
  tls_->async_handshake(asio::ssl::stream_base::client,
                        [self = shared_from_this()](error_code failed) {
                          if (!self->is_closed_) self->opened(failed);
                        });
}

void Wire::opened(error_code error) {
  error_code ignored;
  if (!error) socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  const OnOpen handler = std::exchange(on_open_, nullptr);
  handler(error);
}

void Wire::write(std::string_view bytes) {
  waiting_ += bytes;
  if (writing_.empty()) flush();
}

void Wire::flush() {
  if (waiting_.empty() || is_closed_) return;
  writing_ = std::exchange(waiting_, {});
  const auto done = [self = shared_from_this()](error_code error, std::size_t) {
    self->writing_.clear();
    if (!error) self->flush();
  };
  if (tls_) {
    asio::async_write(*tls_, asio::buffer(writing_), done);
  } else {
    asio::async_write(plain_, asio::buffer(writing_), done);
  }
}

void Wire::read(OnBytes handler) {
  on_bytes_ = std::move(handler);
  read_on();
}

void Wire::read_on() {
  const auto done = [self = shared_from_this()](error_code error, std::size_t size) {
    if (self->is_closed_) return;
    self->on_bytes_(error, std::string_view(self->input_.data(), size));
    if (!error && !self->is_closed_) self->read_on();
  };
  if (tls_) {
    tls_->async_read_some(asio::buffer(input_), done);
  } else {
    plain_.async_read_some(asio::buffer(input_), done);
  }
}

void Wire::close() {
  is_closed_ = true;
  error_code ignored;
  socket().close(ignored);
}

}  // namespace rollcall::bench

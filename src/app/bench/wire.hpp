#pragma once

#include "app/bench/net.hpp"

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/ssl/stream.hpp>

namespace rollcall::bench {

// A connection to the server, over TLS or without. What it is asked to do goes on as long as it
// takes, though its owner lets it go; after close() no handler is called.
class Wire : public std::enable_shared_from_this<Wire> {
 public:
  using OnOpen = std::function<void(boost::system::error_code)>;
  using OnBytes = std::function<void(boost::system::error_code, std::string_view)>;

  explicit Wire(const Net& net);

  void open(OnOpen handler);
  void write(std::string_view bytes);  // an error shows as the end of reading
  void read(OnBytes handler);          // until close(), or the first error
  void close();

 private:
  using Socket = boost::asio::ip::tcp::socket;

  Socket& socket() { return tls_ ? tls_->next_layer() : plain_; }
  void shake_hands();
  void opened(boost::system::error_code error);
  void flush();
  void read_on();

  const Net& net_;
  Socket plain_;
  std::unique_ptr<boost::asio::ssl::stream<Socket>> tls_;
  OnOpen on_open_;
  OnBytes on_bytes_;
  std::array<char, 4096> input_;
  std::string waiting_;
  std::string writing_;
  bool is_closed_ = false;
};

}  // namespace rollcall::bench

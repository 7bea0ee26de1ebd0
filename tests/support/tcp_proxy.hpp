#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace rollcall::support {

// Stands between a client and a server on 127.0.0.1, in the test's own loop, and can lose what
// the server says while both ends believe that all is well.
class TcpProxy {
 public:
  TcpProxy(std::uint16_t server_port, boost::asio::io_context& context);

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  int accepted() const { return accepted_; }

  // On the connections there are now: what the server says is swallowed.
  void mute_present();
  // On those to come as well.
  void mute_all(bool mute) { mute_new_ = mute; }

 private:
  struct Pair;

  void accept();
  static void forward(const std::shared_ptr<Pair>& pair, bool from_server);

  std::uint16_t server_port_;
  boost::asio::io_context& context_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::vector<std::weak_ptr<Pair>> pairs_;
  int accepted_ = 0;
  bool mute_new_ = false;
};

}  // namespace rollcall::support

#include "support/tcp_proxy.hpp"

#include <cstddef>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

namespace rollcall::support {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

struct TcpProxy::Pair {
  explicit Pair(tcp::socket accepted)
      : client(std::move(accepted)), server(client.get_executor()) {}

  void close() {
    error_code ignored;
    client.close(ignored);
    server.close(ignored);
  }

  tcp::socket client;
  tcp::socket server;
  std::array<char, 16 * 1024> from_client{};
  std::array<char, 16 * 1024> from_server{};
  bool mute = false;
};

TcpProxy::TcpProxy(std::uint16_t server_port, asio::io_context& context)
    : server_port_(server_port),
      context_(context),
      acceptor_(context, {asio::ip::address_v4::loopback(), 0}) {
  accept();
}

void TcpProxy::mute_present() {
  for (const auto& weak : pairs_) {
    if (const auto pair = weak.lock()) pair->mute = true;
  }
}

void TcpProxy::accept() {
  acceptor_.async_accept(context_, [this](const error_code& error, tcp::socket client) {
    if (error) return;
    ++accepted_;
    const auto pair = std::make_shared<Pair>(std::move(client));
    pair->mute = mute_new_;
    pairs_.push_back(pair);
    error_code failed;
    pair->server.connect({asio::ip::address_v4::loopback(), server_port_}, failed);
    if (!failed) {
      forward(pair, false);
      forward(pair, true);
    }
    accept();
  });
}

void TcpProxy::forward(const std::shared_ptr<Pair>& pair, bool from_server) {
  tcp::socket& source = from_server ? pair->server : pair->client;
  auto& bytes = from_server ? pair->from_server : pair->from_client;
  source.async_read_some(
      asio::buffer(bytes), [pair, from_server](const error_code& error, std::size_t size) {
        if (error) return pair->close();
        if (from_server && pair->mute) return forward(pair, from_server);
        tcp::socket& target = from_server ? pair->client : pair->server;
        const auto& read = from_server ? pair->from_server : pair->from_client;
        asio::async_write(target, asio::buffer(read.data(), size),
                          [pair, from_server](const error_code& failed, std::size_t) {
                            failed ? pair->close() : forward(pair, from_server);
                          });
      });
}

}  // namespace rollcall::support

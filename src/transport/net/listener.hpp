#pragma once

#include "base/result.hpp"
#include "transport/net/poller.hpp"

#include <cstdint>
#include <functional>
#include <string>

#include <boost/asio/ip/tcp.hpp>

namespace rollcall::net {

// "HOST:PORT", "[::1]:8085"; a host name is resolved. Port 0 asks for a free one.
base::Result<boost::asio::ip::tcp::endpoint> resolve_listen(const std::string& text);

// SO_REUSEPORT lets every shard have its own listener on the same port, and the kernel deals the
// connections out.
enum class Sharing { shared, exclusive };

// One listening socket of one shard.
class Listener final : public PollHandler {
 public:
  using OnAccept = std::function<void(int fd, const boost::asio::ip::address& peer)>;

  Listener(Poller& poller, OnAccept on_accept, Sharing sharing = Sharing::shared);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();

  base::Status open(const boost::asio::ip::tcp::endpoint& endpoint);
  boost::asio::ip::tcp::endpoint local_endpoint() const;

  // Takes what the kernel has accepted already, then listens no more.
  void close();

 private:
  static constexpr int kAcceptsPerTurn = 64;
  static constexpr int kBacklog = 4096;

  void on_ready(std::uint32_t events) override;
  bool accept_one();
  void shed_one();
  void release();

  Poller& poller_;
  OnAccept on_accept_;
  Sharing sharing_;
  int fd_ = -1;
  int spare_fd_ = -1;  // given up for a moment when descriptors run out, to turn a client away
  Poller::Key key_ = 0;
};

}  // namespace rollcall::net

#pragma once

#include "transport/http/connection.hpp"
#include "transport/http/connection_ticket.hpp"
#include "transport/http/limits.hpp"
#include "transport/http/metrics.hpp"
#include "transport/net/listener.hpp"
#include "transport/net/tls.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/intrusive/list.hpp>

namespace rollcall::http {

// One shard's HTTP server: its listener, its connections, their deadlines.
class Server {
 public:
  Server(boost::asio::io_context& loop, net::Poller& poller, const Limits& limits,
         SharedLimits& shared, RequestHandler& handler, ssl_ctx_st* tls);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  base::Status listen(const boost::asio::ip::tcp::endpoint& endpoint);
  boost::asio::ip::tcp::endpoint local_endpoint() const { return listener_.local_endpoint(); }

  // Accepts no more; connections close when they are idle or have their reply. `on_empty` is
  // called once, when none is left.
  void drain(std::function<void()> on_empty);
  void stop();

  const Metrics& metrics() const { return metrics_; }

 private:
  friend class Connection;
  friend class Exchange;

  using Timer =
      boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                        boost::asio::wait_traits<std::chrono::steady_clock>,
                                        boost::asio::io_context::executor_type>;
  using Queue = boost::intrusive::list<Connection, boost::intrusive::constant_time_size<false>>;

  static constexpr std::chrono::milliseconds kTick{100};
  static constexpr std::size_t kReadBytes = 64 * 1024;
  static constexpr std::size_t kSpareParsers = 64;

  void accept(int fd, const boost::asio::ip::address& peer);
  void schedule(Connection& connection, SteadyTime now);
  void retire(std::uint32_t slot);
  void count(int status, std::chrono::steady_clock::duration took);
  void tick();
  void arm();
  std::unique_ptr<RequestParser> take_parser();
  void give_back(std::unique_ptr<RequestParser> parser);

  net::Poller& poller_;
  const Limits& limits_;
  SharedLimits& shared_;
  RequestHandler& handler_;
  ssl_ctx_st* tls_;
  net::Listener listener_;
  Timer timer_;
  std::array<std::chrono::milliseconds, kWaits> wait_limits_;
  std::deque<Connection> connections_;
  std::vector<std::uint32_t> free_;
  std::vector<std::uint32_t> retired_;  // closed since the last tick; reused after the next
  std::vector<std::unique_ptr<RequestParser>> spare_parsers_;
  std::array<Queue, kWaits> waiting_;  // all of one kind wait equally long: first in, first due
  std::vector<char> scratch_ = std::vector<char>(kReadBytes);  // what a read brings, for all
  std::string date_;
  bool draining_ = false;
  bool stopped_ = false;
  std::function<void()> on_empty_;
  Metrics metrics_;
};

}  // namespace rollcall::http

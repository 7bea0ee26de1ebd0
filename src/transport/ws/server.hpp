#pragma once

#include "base/time.hpp"
#include "core/outbox.hpp"
#include "core/timer_wheel.hpp"
#include "ports/connections.hpp"
#include "service/audience.hpp"
#include "service/realtime.hpp"
#include "transport/auth/identity.hpp"
#include "transport/http/exchange.hpp"
#include "transport/net/poller.hpp"
#include "transport/ws/connection.hpp"
#include "transport/ws/metrics.hpp"
#include "transport/ws/options.hpp"
#include "transport/ws/outbox_writer.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>

namespace rollcall::ws {

// Verifies the token that a client sends to prolong its stay.
using TokenCheck = std::function<base::Result<auth::Identity>(std::string_view token)>;

// The WebSockets of one shard. What is delivered leaves at the end of the loop turn, as one write
// a connection; delivering and kicking never call back, so that a service may do either while it
// walks its own lists.
class Server final : public ports::Connections {
 public:
  Server(boost::asio::io_context& loop, net::Poller& poller, Options options,
         const base::Clock& clock, std::uint32_t shard);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() override;

  // Each once, before the first connection of a user, or of an observer, is opened.
  void attach(service::Realtime& realtime, TokenCheck check_token);
  void attach(service::Audience& audience) { audience_ = &audience; }

  // Take over what Exchange::upgrade hands over.
  void open_user(http::Upgraded upgraded, auth::Identity identity);
  void open_observer(http::Upgraded upgraded);
  void open_echo(http::Upgraded upgraded);

  void deliver(core::ConnectionRef connection, const core::MessagePtr& message) override;
  void deliver_to_all(const core::MessagePtr& message) override;
  void kick(core::ConnectionRef connection) override;

  // Closes all connections with 1001, evenly over `spread`, and whatever opens later at once.
  // `on_empty` is called once, when none is left.
  void drain(base::Millis spread, std::function<void()> on_empty);

  // Closes the sockets, and tells nobody.
  void stop();

  const Metrics& metrics() const { return metrics_; }

 private:
  friend class Connection;
  friend class Observer;
  friend class Subscriber;

  using Timer =
      boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                        boost::asio::wait_traits<std::chrono::steady_clock>,
                                        boost::asio::io_context::executor_type>;

  static constexpr base::Millis kTick{100};
  static constexpr std::size_t kReadBytes = 64 * 1024;
  static constexpr std::size_t kFlushesPerTurn = 512;  // so that timers and HTTP keep their place

  Connection* find(core::ConnectionRef ref);
  void open(http::Upgraded upgraded, Peer peer);
  void retire(std::uint32_t slot, bool was_user);
  void flush_later(std::uint32_t slot);
  void flush_turn();
  void arm();
  void tick();
  void close_drained(base::WallTime now);
  void tell_if_empty();
  static core::MessagePtr framed(std::string frame);
  std::string close_reason(CloseCode code);
  base::Millis random_within(base::Millis span);

  boost::asio::io_context& loop_;
  net::Poller& poller_;
  const Options options_;
  const base::Clock& clock_;
  const std::uint32_t shard_;
  service::Realtime* realtime_ = nullptr;
  TokenCheck check_token_;
  service::Audience* audience_ = nullptr;
  Timer timer_;
  core::TimerWheel wheel_;
  FrameReader reader_;  // for whoever has nothing begun
  core::OutboxShelf shelf_;
  OutboxWriter writer_;
  std::deque<Connection> connections_;
  std::vector<std::uint32_t> free_;
  std::vector<std::uint32_t> retired_;  // closed since the last tick; reused after the next
  std::vector<std::uint32_t> unflushed_;
  std::vector<char> read_buffer_ = std::vector<char>(kReadBytes);  // for all: none keeps any
  std::vector<std::uint32_t> drained_;  // the slots to close, in this order
  std::int64_t closed_drained_ = 0;     // so many of them are
  base::WallTime drain_began_{};
  base::Millis drain_spread_{0};
  std::function<void()> on_empty_;
  std::minstd_rand random_;
  bool ticking_ = false;
  bool flush_posted_ = false;
  bool draining_ = false;
  bool stopped_ = false;
  Metrics metrics_;
};

}  // namespace rollcall::ws

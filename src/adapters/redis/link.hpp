#pragma once

#include "adapters/redis/connection.hpp"
#include "adapters/redis/endpoint.hpp"
#include "adapters/redis/handshake.hpp"
#include "adapters/redis/resp.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

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
#include <boost/asio/ssl/context.hpp>

namespace rollcall::redis {

struct LinkOptions {
  Endpoint endpoint;
  std::string ca_file;                 // for TLS; empty: the system's
  base::Millis connect_timeout{1000};  // look-up, connecting, TLS and handshake together
  base::Millis command_timeout{150};   // from writing to the reply
  base::Millis backoff_min{50};        // the ceiling of the first wait before a new attempt ...
  base::Millis backoff_max{1000};      // ... doubles up to this; each wait is drawn below it
  std::size_t max_commands = 10'000;   // sent and unsent
};

struct LinkCounters {
  base::Counter commands;
  base::Counter errors;  // error replies
  base::Counter timeouts;
  base::Counter reconnects;  // links that stood after the first one
  base::Counter bytes_in;
  base::Counter bytes_out;
};

// One connection to one server, kept up for as long as the object lives. Commands are pipelined in
// the order of send(); those of one loop turn leave in one write. It belongs to the loop's thread.
//
// A command that is not answered in time closes the link: a server that hangs may apply it later,
// so that its reply could no longer be told from the next one's. What was sent then fails with
// `timeout` ("redis_timeout": it may have been applied), what was not with `unavailable`.
class Link final : private Connection::Owner {
 public:
  // Called once, on the loop's thread; while the link is down, before send() returns.
  // Errors: unavailable ("redis_unavailable"; "redis_error", "redis_noscript" when the server
  // refuses, with the first word of its refusal), timeout, overloaded ("redis_queue_full").
  using Handler = std::function<void(base::Result<RespValue>)>;
  // Called at each change, and at first when the first attempt has failed.
  using Watcher = std::function<void(bool up, std::string_view reason)>;

  // Throws std::runtime_error when the CA file cannot be read: a start-up error.
  Link(LinkOptions options, boost::asio::io_context& context, const base::Logger& logger);
  // Closes at once. Handlers that wait still are dropped uncalled, for their owners are on their
  // way out too. Never from within a handler.
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // Begins to connect; the loop does the rest.
  void start();

  void send(const Command& command, Handler handler);
  void watch(Watcher watcher) { watchers_.push_back(std::move(watcher)); }

  bool is_up() const { return state_ == State::up; }
  const ServerFacts& server() const { return server_; }  // of the latest link that stood
  const LinkCounters& counters() const { return counters_; }
  std::size_t pending() const { return pending_.size(); }

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;
  using Timer =
      boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                        boost::asio::wait_traits<std::chrono::steady_clock>,
                                        boost::asio::io_context::executor_type>;

  enum class State { down, connecting, up };

  struct Pending {
    Handler handler;
    SteadyTime deadline;
  };

  void on_open() override;
  void on_bytes(std::string_view bytes) override;
  void on_written() override;
  void on_broken(const std::string& reason) override;

  void connect();
  void take_reply(RespValue reply);
  void continue_handshake(const RespValue& reply);
  void came_up(ServerFacts facts);
  void went_down(const std::string& reason, bool timed_out);
  void fail_pending(const std::string& reason, bool timed_out);
  void announce(bool up, const std::string& reason);
  void wait_to_reconnect();
  void write_soon();
  void write();
  void watch_deadline(SteadyTime deadline);
  void check_deadline();
  template <typename Task>
  auto while_alive(Task task);

  LinkOptions options_;
  boost::asio::io_context& context_;
  const base::Logger& logger_;
  std::unique_ptr<boost::asio::ssl::context> tls_;
  std::shared_ptr<Connection> connection_;
  State state_ = State::down;
  RespParser parser_;
  Handshake handshake_;
  ServerFacts server_;
  std::deque<Pending> pending_;  // in the order of their replies
  std::size_t sent_ = 0;         // how many of them, from the front, were handed to the connection
  std::string output_;
  bool writing_ = false;
  bool write_posted_ = false;
  Timer attempt_timer_;   // the end of an attempt, or of the wait before the next
  Timer deadline_timer_;  // runs while anything is pending
  bool deadline_watched_ = false;
  bool late_look_taken_ = false;
  std::uint32_t failed_attempts_ = 0;
  std::minstd_rand random_;
  std::string announced_ = "";  // the latest reason that was logged
  bool ever_up_ = false;
  std::vector<Watcher> watchers_;
  LinkCounters counters_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();  // handlers hold it weakly
};

}  // namespace rollcall::redis

#pragma once

#include "adapters/redis/handshake.hpp"
#include "adapters/redis/resp.hpp"
#include "adapters/redis/session.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>

namespace rollcall::redis {

struct LinkOptions : SessionOptions {
  base::Millis command_timeout{150};  // from writing to the reply
  std::size_t max_commands = 10'000;  // sent and unsent
};

struct LinkCounters {
  base::Counter commands;
  base::Counter errors;  // error replies
  base::Counter timeouts;
  base::Counter reconnects;  // links that stood after the first one
};

// One connection to one server, kept up for as long as the object lives. Commands are pipelined in
// the order of send(); those of one loop turn leave in one write. It belongs to the loop's thread.
//
// A command that is not answered in time closes the link: a server that hangs may apply it later,
// so that its reply could no longer be told from the next one's. What was sent then fails with
// `timeout` ("redis_timeout": it may have been applied), what was not with `unavailable`.
class Link final : private Session::Owner {
 public:
  // Called once, on the loop's thread; while the link is down, before send() returns. Until the
  // first attempt has ended, commands wait for its outcome.
  // Errors: unavailable ("redis_unavailable"; "redis_error", "redis_noscript" when the server
  // refuses, with the first word of its refusal), timeout, overloaded ("redis_queue_full").
  using Handler = std::function<void(base::Result<RespValue>)>;
  // Called at each change, and at first when the first attempt has failed.
  using Watcher = std::function<void(bool up, std::string_view reason)>;

  // Throws std::runtime_error when the CA file cannot be read: a start-up error.
  Link(LinkOptions options, boost::asio::io_context& context, const base::Logger& logger);
  // Closes at once. Handlers that wait still are dropped uncalled, for their owners are on their
  // way out too. Never from within a handler.
  ~Link() = default;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // Begins to connect; the loop does the rest.
  void start() { session_.start(); }

  void send(const Command& command, Handler handler);
  void watch(Watcher watcher) { watchers_.push_back(std::move(watcher)); }

  base::Millis command_timeout() const { return options_.command_timeout; }
  bool is_up() const { return session_.is_up(); }
  const ServerFacts& server() const { return session_.server(); }  // of the latest that stood
  const LinkCounters& counters() const { return counters_; }
  std::size_t pending() const { return pending_.size(); }

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;
  using Timer =
      boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                        boost::asio::wait_traits<std::chrono::steady_clock>,
                                        boost::asio::io_context::executor_type>;

  struct Pending {
    Handler handler;
    SteadyTime deadline;
  };

  struct Early {
    Command command;
    Handler handler;
  };

  void on_session_up() override;
  void on_value(RespValue reply) override;
  void on_sending() override;
  void on_session_down(const std::string& reason) override;

  void tell_watchers(bool up, const std::string& reason);
  void watch_deadline(SteadyTime deadline);
  void check_deadline();
  template <typename Task>
  auto while_alive(Task task);

  LinkOptions options_;
  Session session_;
  std::deque<Early> early_;      // sent before the first attempt has ended
  std::deque<Pending> pending_;  // in the order of their replies
  std::size_t sent_ = 0;         // how many of them, from the front, are on their way
  Timer deadline_timer_;         // runs while anything is pending
  bool deadline_watched_ = false;
  bool late_look_taken_ = false;
  bool timed_out_ = false;  // the session is dropped because of it
  bool ever_up_ = false;
  std::optional<bool> told_;  // what the watchers know
  std::vector<Watcher> watchers_;
  LinkCounters counters_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();  // handlers hold it weakly
};

}  // namespace rollcall::redis

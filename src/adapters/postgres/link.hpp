#pragma once

#include "adapters/postgres/connection.hpp"
#include "adapters/postgres/parameters.hpp"
#include "adapters/postgres/rows.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "core/backoff.hpp"
#include "core/server_clock.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>

namespace rollcall::postgres {

struct LinkOptions {
  std::string url;
  std::string time_zone = "UTC";   // of times in tables that have none of their own
  base::Millis timeout{1000};      // from send() to the answer; and for an attempt to connect
  base::Millis backoff_min{50};    // the ceiling of the first wait before a new attempt ...
  base::Millis backoff_max{2000};  // ... doubles up to this; each wait is drawn below it
  std::size_t max_queries = 1000;  // waiting and in flight
  std::size_t max_in_flight = 16;  // sent and unanswered; the server takes them in turn
};

struct LinkCounters {
  base::Counter queries;
  base::Counter errors;    // statements that the server refused
  base::Counter timeouts;  // links closed because an answer was late
  base::Counter connects;  // links that stood
};

// One connection to one server, kept up for as long as the object lives. Queries are answered in
// the order of send(). It belongs to the loop's thread.
//
// While the first connection is made, or one is made anew after a loss, queries wait; once an
// attempt has failed they fail at once, until one succeeds. A query that is not answered in time
// closes the link, and all that were in flight fail with `timeout`: the server may have carried
// them out. The server itself gives up a statement after the same time, so that an abandoned one
// does not hold its locks. A dated statement that a server comes to only later, because it hung,
// does nothing (Query::dated).
class Link final : private Connection::Owner {
 public:
  // Called once, on the loop's thread, never from within send(). Errors: unavailable
  // ("postgres_unavailable"), timeout ("postgres_timeout"), overloaded ("postgres_queue_full").
  using Handler = std::function<void(base::Result<Rows>)>;

  Link(LinkOptions options, boost::asio::io_context& context, const base::Logger& logger);
  // Handlers that wait still are answered with `unavailable`. Never from within a handler.
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // Begins to connect; the loop does the rest.
  void start();

  void send(Query query, Handler handler);

  base::Millis timeout() const { return options_.timeout; }
  bool is_up() const { return state_ == State::up; }
  const LinkCounters& counters() const { return counters_; }
  std::size_t pending() const { return pending_.size(); }

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;
  using Timer =
      boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                        boost::asio::wait_traits<std::chrono::steady_clock>,
                                        boost::asio::io_context::executor_type>;

  enum class State { connecting, up, down };

  struct Pending {
    Query query;
    Handler handler;
    SteadyTime deadline;
    SteadyTime asked{};
    bool is_second_try = false;
  };

  void on_open() override;
  void on_answer(base::Result<Rows> rows) override;
  void on_lost(base::Error error) override;

  void connect();
  void set_up_session();
  void wait_to_reconnect();
  void pump_soon();
  void pump();
  base::Status send_next();
  void learn_clock(const Rows& rows, SteadyTime asked);
  std::int64_t micros_at(SteadyTime moment) const;
  bool try_again(Pending& pending, SteadyTime now);
  void watch_deadline();
  void check_deadline();
  void fail_pending(const base::Error& error, bool unsent_too);
  void announce(bool up, const std::string& reason);
  template <typename Task>
  auto while_alive(Task task);

  LinkOptions options_;
  boost::asio::io_context& context_;
  const base::Logger& logger_;
  std::shared_ptr<Connection> connection_;
  State state_ = State::connecting;
  base::Error failure_;          // of the latest attempt, while down
  std::deque<Pending> pending_;  // in the order of their answers
  std::size_t in_flight_ = 0;    // how many of them, from the front, were sent
  bool pump_posted_ = false;
  Timer attempt_timer_;   // the end of an attempt, or of the wait before the next
  Timer deadline_timer_;  // runs while anything is pending
  bool deadline_watched_ = false;
  core::Backoff backoff_;
  core::ServerClock clock_;
  std::string announced_;  // the latest state that was logged: a reason, or "up"
  LinkCounters counters_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();  // what is posted holds it weakly
};

}  // namespace rollcall::postgres

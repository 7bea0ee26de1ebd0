#pragma once

#include "adapters/redis/connection.hpp"
#include "adapters/redis/endpoint.hpp"
#include "adapters/redis/handshake.hpp"
#include "adapters/redis/resp.hpp"
#include "base/log.hpp"
#include "base/time.hpp"
#include "core/backoff.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>

namespace rollcall::redis {

struct SessionOptions {
  Endpoint endpoint;
  std::string ca_file;                 // for TLS; empty: the system's
  base::Millis connect_timeout{1000};  // look-up, connecting, TLS and handshake together
  base::Millis backoff_min{50};        // the ceiling of the first wait before a new attempt ...
  base::Millis backoff_max{1000};      // ... doubles up to this; each wait is drawn below it
};

// Values to and from one server, for as long as the object lives: connects, shakes hands, parses,
// and begins anew when it is cut. What one loop turn appends leaves in one write. It belongs to
// the loop's thread.
class Session final : private Connection::Owner {
 public:
  class Owner {
   public:
    virtual void on_session_up() = 0;
    virtual void on_value(RespValue value) = 0;
    // What was appended so far leaves now.
    virtual void on_sending() {}
    // After a session that stood, and after each attempt that failed.
    virtual void on_session_down(const std::string& reason) = 0;

   protected:
    ~Owner() = default;
  };

  // `name` stands in the log, and is of static storage. Throws std::runtime_error when the CA file
  // cannot be read.
  Session(SessionOptions options, std::string_view name, boost::asio::io_context& context,
          const base::Logger& logger, Owner& owner);
  ~Session();  // closes at once; never from within a call to the owner
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void start();

  bool is_up() const { return state_ == State::up; }
  const ServerFacts& server() const { return server_; }  // of the latest session that stood
  // "up", or why it is not; empty until the first outcome.
  const std::string& latest_state() const { return announced_; }

  // Only while it is up.
  void append(const Command& command);
  bool has_unread() const { return connection_ && connection_->has_unread(); }

  // Ends this session, as if the server had, and begins anew after `pause` and the back-off.
  void drop(const std::string& reason, base::Millis pause = base::Millis{0});

 private:
  using Timer =
      boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                        boost::asio::wait_traits<std::chrono::steady_clock>,
                                        boost::asio::io_context::executor_type>;

  enum class State { down, connecting, up };

  void on_open() override;
  void on_bytes(std::string_view bytes) override;
  void on_written() override;
  void on_broken(const std::string& reason) override;

  void connect();
  void continue_handshake(const RespValue& reply);
  void came_up(ServerFacts facts);
  void announce(bool up, const std::string& reason);
  void write();
  template <typename Task>
  auto while_alive(Task task);

  SessionOptions options_;
  std::string_view name_;
  boost::asio::io_context& context_;
  const base::Logger& logger_;
  Owner& owner_;
  std::unique_ptr<boost::asio::ssl::context> tls_;
  std::shared_ptr<Connection> connection_;
  State state_ = State::down;
  RespParser parser_;
  Handshake handshake_;
  ServerFacts server_;
  std::string output_;
  bool writing_ = false;
  bool write_posted_ = false;
  Timer attempt_timer_;  // the end of an attempt, or of the wait before the next
  core::Backoff backoff_;
  std::string announced_;  // the latest state that was logged: a reason, or "up"
  std::shared_ptr<char> alive_ = std::make_shared<char>();  // handlers hold it weakly
};

}  // namespace rollcall::redis

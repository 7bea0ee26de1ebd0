#pragma once

#include "http_fixture.hpp"
#include "service/realtime.hpp"
#include "transport/ws/server.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rollcall::ws {

using Calls = std::vector<std::string>;

// Notes what it is asked for, as "join ada", "leave ada closed"; answers at once, or keeps the
// replies to joins.
class NotedRealtime final : public service::Realtime {
 public:
  void join(core::UserId user, core::Attachment attachment,
            service::Reply<std::uint32_t> reply) override;
  void leave(const core::UserId& user, core::ConnectionRef connection,
             core::Reason reason) override;
  void pong(const core::UserId& user, core::ConnectionRef connection) override;
  void set_away(const core::UserId& user, core::ConnectionRef connection, bool away) override;
  void watch(std::vector<core::UserId> users, core::ConnectionRef watcher,
             service::Reply<std::vector<std::pair<core::UserId, core::Status>>> reply) override;
  void unwatch(std::vector<core::UserId> users, core::ConnectionRef watcher) override;
  void send(core::UserId, core::MessagePtr, service::Reply<service::Delivery>) override {}
  void broadcast(core::MessagePtr, service::Reply<bool>) override {}
  void explain(core::UserId, service::Reply<service::ExplainedUser>) override {}
  void disconnect(core::UserId, service::Reply<base::Done>) override {}
  void list(std::string, std::size_t, service::Reply<ports::UserPage>) override {}

  bool has(std::string_view call) const;

  Calls calls;
  std::vector<core::ConnectionRef> joined;
  bool answers_joins = true;
  std::vector<service::Reply<std::uint32_t>> waiting_joins;
};

// A client that speaks in whole frames.
class SocketClient {
 public:
  explicit SocketClient(std::uint16_t port, int receive_buffer_bytes = 0)
      : stream(port, receive_buffer_bytes) {}

  void send_frame(int first_byte, std::string payload);
  void send_text(std::string_view text) { send_frame(0x81, std::string(text)); }
  void send_close(std::uint16_t code);

  // The payloads of the text messages that have come, and the close, as "4403 kicked".
  const Calls& messages();
  std::size_t pings();
  std::string close();

  http::TestClient stream;

 private:
  void parse();

  std::size_t parsed_ = 0;  // of what was received
  Calls messages_;
  std::size_t pings_ = 0;
  std::string close_;
};

// The WebSockets of one shard behind a real HTTP server, on a clock that the test moves.
class WebSocketTest : public http::HttpServerTest {
 protected:
  static constexpr base::Millis kPing{54'000};
  static constexpr base::Millis kPongWait{60'000};

  WebSocketTest();

  // The connection of a user (of /echo, when the name is empty), after its handshake.
  std::unique_ptr<SocketClient> connect(const std::string& user, auth::WatchGrant watch = {},
                                        std::optional<base::WallTime> expires_at = {},
                                        int receive_buffer_bytes = 0);
  // A connection that `taker` takes over, after its handshake.
  std::unique_ptr<SocketClient> open(int receive_buffer_bytes, http::UpgradeTaker taker);
  [[nodiscard]] bool wait_for_close(SocketClient& client, std::string_view close);
  [[nodiscard]] bool wait_for_messages(SocketClient& client, std::size_t count);
  void stay_alive(SocketClient& client);  // a pong, and an answer behind it
  [[nodiscard]] bool wait_for_call(std::string_view call);
  [[nodiscard]] bool wait_for_sockets(std::int64_t count);

  Options options_;
  base::ManualClock clock_{base::WallTime(base::Millis(1'700'000'000'000))};
  NotedRealtime realtime_;
  std::unique_ptr<ws::Server> sockets_;
};

}  // namespace rollcall::ws

#pragma once

#include "base/time.hpp"
#include "core/connection.hpp"
#include "core/message.hpp"
#include "core/outbox.hpp"
#include "core/presence.hpp"
#include "transport/http/connection_ticket.hpp"
#include "transport/http/exchange.hpp"
#include "transport/net/poller.hpp"
#include "transport/net/socket.hpp"
#include "transport/ws/frame_reader.hpp"
#include "transport/ws/observer.hpp"
#include "transport/ws/subscriber.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>

namespace rollcall::ws {

class Server;

// Who is at the other end: a client of /echo, whom every message is returned to, an operator who
// looks on, or a user.
struct Echo {};
using Peer = std::variant<Echo, Observer, Subscriber>;

// One WebSocket: frames in and out, pings, the closing handshake. What its messages mean is its
// peer's business. An idle one holds no buffer.
class Connection final : public net::PollHandler {
 public:
  Connection(Server& server, std::uint32_t slot);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void open(http::Upgraded upgraded, Peer peer);
  void on_ready(std::uint32_t events) override;
  void on_alarm(base::WallTime now);

  // Both take effect at the end of the turn, and call nobody before. A message that finds no place
  // closes the connection as a slow consumer.
  void send(const core::MessagePtr& message);
  void close_later(CloseCode code, core::Reason why);

  // The end of a turn: writes what waits.
  void flush();

  // Closes the socket, and tells nobody.
  void abandon();

  bool is_open() const { return phase_ != Phase::gone; }
  bool takes_messages() const { return phase_ == Phase::open && close_with_ == 0; }
  core::ConnectionRef ref() const;
  Server& server() const { return server_; }
  Subscriber* subscriber() { return std::get_if<Subscriber>(&peer_); }  // null: no user

 private:
  static constexpr int kReadsPerTurn = 4;  // then the others have their turn

  enum class Phase : std::uint8_t {
    open,
    closing,    // a close frame was sent, or waits to be; the peer's has not come
    finishing,  // nothing more is read; the stream ends when the output is written
    lingering,  // the stream has ended on this side
    gone,
  };

  bool is_echo() const { return std::holds_alternative<Echo>(peer_); }
  bool is_observer() const { return std::holds_alternative<Observer>(peer_); }
  bool may_read() const;
  void read_on();
  void consume(std::span<char> bytes);
  void read_frames(FrameReader& reader, std::span<char> bytes);
  void on_pong();
  void on_message(FrameReader& reader, const FrameReader::Event& message);
  void on_close(const FrameReader::Event& frame);
  void on_end_of_stream();
  void begin_close(CloseCode code, core::Reason why);
  void write_out();
  bool push(const core::MessagePtr& message, bool framed, const core::OutboxLimits& limits);
  void push_frame(std::string frame);
  void set_alarm();
  void leave(core::Reason why);
  void close(core::Reason why);

  Server& server_;
  net::Socket socket_;
  net::Poller::Key key_ = 0;
  http::ConnectionTicket ticket_;
  std::unique_ptr<FrameReader> reader_;  // only while a frame or a message is in parts
  core::Outbox outbox_;
  base::WallTime last_pong_{};
  base::WallTime next_ping_{};
  base::WallTime close_by_{};  // once it is closing
  std::uint32_t slot_;
  std::uint32_t serial_ = 0;      // told apart from earlier connections in the same slot
  std::uint16_t close_with_ = 0;  // the code to close with at the end of the turn
  core::Reason close_why_ = core::Reason::closed;
  Phase phase_ = Phase::gone;
  // Bits, for there are many connections.
  bool flush_due_ : 1 = false;
  bool broken_ : 1 = false;  // the socket failed while nobody could be told
  bool unread_ : 1 = false;  // the socket may hold more than was read
  bool hung_up_ : 1 = false;
  bool peer_closed_ : 1 = false;  // its close frame has come
  bool pinged_ : 1 = false;       // since its last pong
  Peer peer_;
};

}  // namespace rollcall::ws

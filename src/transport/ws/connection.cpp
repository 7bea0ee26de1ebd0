#include "transport/ws/connection.hpp"

#include "transport/ws/server.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <sys/epoll.h>

namespace rollcall::ws {
namespace {

constexpr std::uint32_t kEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
constexpr core::OutboxLimits kNoLimits{std::numeric_limits<std::size_t>::max(),
                                       std::numeric_limits<std::size_t>::max()};

bool is_full(const core::Outbox& outbox, const core::OutboxLimits& limits) {
  return outbox.messages >= limits.messages || outbox.bytes >= limits.bytes;
}

}  // namespace

Connection::Connection(Server& server, std::uint32_t slot) : server_(server), slot_(slot) {}

core::ConnectionRef Connection::ref() const {
  return {server_.shard_, slot_, serial_};
}

void Connection::open(http::Upgraded upgraded, Peer peer) {
  socket_ = std::move(upgraded.socket);
  key_ = upgraded.key;
  ticket_ = std::move(upgraded.ticket);
  peer_ = std::move(peer);
  phase_ = Phase::open;
  unread_ = upgraded.has_unread;
  hung_up_ = broken_ = peer_closed_ = pinged_ = false;
  close_with_ = 0;
  server_.poller_.hand_over(key_, *this);
  last_pong_ = server_.clock_.now();
  // A suite that talks to /echo expects no ping in the middle of a case.
  const base::Millis ping = server_.options_.ping;
  next_ping_ = last_pong_ + (is_echo() ? ping : server_.random_within(ping));
  flush_due_ = true;
  if (!upgraded.unsent.empty()) push_frame(std::move(upgraded.unsent));
  if (Subscriber* const user = subscriber()) user->join(*this);
  if (is_observer()) Observer::join(*this);
  set_alarm();
  consume(upgraded.received);
  read_on();
  if (is_open()) flush();
}

void Connection::on_ready(std::uint32_t events) {
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) hung_up_ = true;
  // Over TLS a read may have waited for room to write.
  if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0 || socket_.is_tls()) unread_ = true;
  flush_due_ = true;
  if (!outbox_.empty()) write_out();
  read_on();
  if (is_open()) flush();
}

bool Connection::may_read() const {
  if (!unread_ || broken_ || phase_ == Phase::finishing || phase_ == Phase::gone) return false;
  return !is_echo() || !is_full(outbox_, EchoLimits::kQueue);
}

void Connection::read_on() {
  for (int reads = 0; reads < kReadsPerTurn && may_read(); ++reads) {
    const net::IoResult got = socket_.read(server_.read_buffer_);
    if (got.state == net::IoState::failed) return close(core::Reason::closed);
    if (got.state == net::IoState::end_of_stream) return on_end_of_stream();
    // A short read of a plain socket has emptied it; only a hang-up may stand behind it.
    const bool emptied = got.bytes < server_.read_buffer_.size() && !socket_.is_tls() && !hung_up_;
    if (got.state != net::IoState::ok || emptied) unread_ = false;
    server_.metrics_.bytes_in.add(got.bytes);
    consume({server_.read_buffer_.data(), got.bytes});
  }
}

// Most reads begin and end between frames: a reader of the shard's serves them all.
void Connection::consume(std::span<char> bytes) {
  if (reader_) {
    read_frames(*reader_, bytes);
    if (reader_ && reader_->is_idle()) reader_.reset();
    return;
  }
  FrameReader& reader = server_.reader_;
  read_frames(reader, bytes);
  if (reader.is_idle()) return;
  FrameReader begun = std::exchange(reader, {});
  if (is_open()) reader_ = std::make_unique<FrameReader>(std::move(begun));
}

void Connection::read_frames(FrameReader& reader, std::span<char> bytes) {
  const std::size_t max_message =
      is_echo() ? EchoLimits::kMaxMessage : server_.options_.max_message;
  while (phase_ == Phase::open || phase_ == Phase::closing) {
    const FrameReader::Event event = reader.next(bytes, max_message);
    switch (event.kind) {
      case FrameReader::Kind::need_more:
        return;
      case FrameReader::Kind::text:
      case FrameReader::Kind::binary:
        on_message(reader, event);
        break;
      case FrameReader::Kind::ping:
        if (takes_messages()) push_frame(control_frame(Opcode::pong, event.payload));
        break;
      case FrameReader::Kind::pong:
        on_pong();
        break;
      case FrameReader::Kind::close:
        on_close(event);
        break;
      case FrameReader::Kind::failure:
        server_.metrics_.protocol_errors.add();
        begin_close(static_cast<CloseCode>(event.code), core::Reason::closed);
        phase_ = Phase::finishing;
        break;
    }
  }
}

// A pong that nobody asked for is a sign of life, but causes no work.
void Connection::on_pong() {
  last_pong_ = server_.clock_.now();
  Subscriber* const user = subscriber();
  if (pinged_ && user != nullptr) user->pong(*this);
  pinged_ = false;
}

void Connection::on_message(FrameReader& reader, const FrameReader::Event& message) {
  if (!takes_messages()) return;
  server_.metrics_.messages_in.add();
  const bool is_text = message.kind == FrameReader::Kind::text;
  if (Subscriber* const user = subscriber()) {
    return user->on_message(*this, is_text, message.payload);
  }
  if (is_observer()) return Observer::on_message(*this);
  const auto payload = is_text ? core::Payload::text : core::Payload::binary;
  send(std::make_shared<const core::Message>(core::Message{payload, reader.take(message)}));
}

void Connection::on_close(const FrameReader::Event& frame) {
  peer_closed_ = true;
  if (phase_ == Phase::open) {
    leave(core::Reason::left);
    close_by_ = server_.clock_.now() + kCloseTimeout;
    const bool has_code = frame.code != 0;
    push(server_.framed(has_code ? close_frame(frame.code, {}) : control_frame(Opcode::close, {})),
         true, kNoLimits);
  }
  phase_ = Phase::finishing;
  set_alarm();
}

void Connection::on_end_of_stream() {
  if (phase_ == Phase::lingering) return close(core::Reason::closed);
  leave(core::Reason::closed);
  phase_ = Phase::finishing;
  close_by_ = server_.clock_.now() + kCloseTimeout;
  set_alarm();
}

void Connection::begin_close(CloseCode code, core::Reason why) {
  if (phase_ != Phase::open) return;
  phase_ = Phase::closing;
  leave(why);
  const bool is_slow = code == CloseCode::slow_consumer;
  if (is_slow) server_.shelf_.drop_unwritten(outbox_);
  close_by_ = server_.clock_.now() + (is_slow ? kSlowCloseTimeout : kCloseTimeout);
  push(server_.framed(close_frame(static_cast<std::uint16_t>(code), server_.close_reason(code))),
       true, kNoLimits);
  set_alarm();
}

void Connection::send(const core::MessagePtr& message) {
  if (!takes_messages()) return;
  if (!is_observer()) server_.metrics_.messages_out.add();  // to look on changes no number
  if (push(message, false, is_echo() ? kNoLimits : server_.options_.queue)) return;
  server_.metrics_.slow_consumers.add();
  close_later(CloseCode::slow_consumer, core::Reason::closed);
}

void Connection::push_frame(std::string frame) {
  push(server_.framed(std::move(frame)), true, is_echo() ? kNoLimits : server_.options_.queue);
}

// What was queued in this turn may not have been offered to the socket yet.
bool Connection::push(const core::MessagePtr& message, bool framed,
                      const core::OutboxLimits& limits) {
  const std::size_t size = message->bytes.size();
  const auto wire_size = static_cast<std::uint32_t>(framed ? size : frame_size(size));
  bool pushed = server_.shelf_.push(outbox_, message, wire_size, framed, limits);
  if (!pushed) {
    write_out();
    pushed = broken_ || server_.shelf_.push(outbox_, message, wire_size, framed, limits);
  }
  if (!flush_due_) server_.flush_later(slot_);
  flush_due_ = true;
  return pushed;
}

void Connection::close_later(CloseCode code, core::Reason why) {
  if (!takes_messages()) return;
  close_with_ = static_cast<std::uint16_t>(code);
  close_why_ = why;
  if (!flush_due_) server_.flush_later(slot_);
  flush_due_ = true;
}

void Connection::write_out() {
  const net::IoResult sent = server_.writer_.write(socket_, outbox_);
  server_.metrics_.bytes_out.add(sent.bytes);
  if (sent.state == net::IoState::failed || sent.state == net::IoState::end_of_stream) {
    broken_ = true;
  } else if (sent.state == net::IoState::ok && !outbox_.empty()) {
    server_.flush_later(slot_);
  }
}

void Connection::flush() {
  flush_due_ = false;
  if (!is_open()) return;
  if (close_with_ != 0) {
    begin_close(static_cast<CloseCode>(std::exchange(close_with_, 0)), close_why_);
  }
  if (!outbox_.empty() && !broken_) write_out();
  if (broken_) return close(core::Reason::closed);
  if (outbox_.empty() && phase_ == Phase::finishing) {
    // After both close frames nothing more comes; the server ends the stream (RFC 6455, 7.1.1).
    if (peer_closed_ && !unread_ && !socket_.is_tls()) return close(core::Reason::left);
    socket_.finish_writing();
    phase_ = Phase::lingering;
    unread_ = true;
    read_on();
  }
  if (may_read()) server_.poller_.renew(key_, socket_.fd(), kEvents);
}

void Connection::on_alarm(base::WallTime now) {
  if (phase_ != Phase::open) {
    if (now < close_by_) return set_alarm();
    server_.metrics_.timeouts.add();
    return close(core::Reason::closed);
  }
  if (now >= last_pong_ + server_.options_.pong_wait) {
    server_.metrics_.timeouts.add();
    begin_close(CloseCode::policy_violation, core::Reason::timeout);
    return flush();
  }
  if (now >= next_ping_) {
    next_ping_ = now + server_.options_.ping;
    server_.metrics_.pings.add();
    pinged_ = true;
    push_frame(control_frame(Opcode::ping, {}));
  }
  if (Subscriber* const user = subscriber()) user->on_alarm(*this, now);
  set_alarm();
}

void Connection::set_alarm() {
  base::WallTime due = close_by_;
  if (phase_ == Phase::open) {
    due = std::min(next_ping_, last_pong_ + server_.options_.pong_wait);
    if (const Subscriber* const user = subscriber()) due = std::min(due, user->next_alarm());
  }
  server_.wheel_.set(slot_, due);
}

void Connection::leave(core::Reason why) {
  if (Subscriber* const user = subscriber()) user->leave(*this, why);
  if (is_observer()) Observer::leave(*this);
}

void Connection::close(core::Reason why) {
  leave(why);
  abandon();
}

void Connection::abandon() {
  if (!is_open()) return;
  phase_ = Phase::gone;
  ++serial_;
  server_.poller_.remove(key_, socket_.fd());
  socket_.close();
  ticket_.give_back();
  server_.shelf_.clear(outbox_);
  reader_.reset();
  server_.retire(slot_, subscriber() != nullptr);
  peer_ = Echo{};
}

}  // namespace rollcall::ws

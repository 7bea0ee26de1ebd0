#include "transport/http/connection.hpp"

#include "transport/http/server.hpp"

#include <utility>

#include <sys/epoll.h>

namespace rollcall::http {
namespace {

constexpr std::uint32_t kEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;

}  // namespace

void Connection::open(net::Socket socket, Client client, ConnectionTicket ticket) {
  socket_ = std::move(socket);
  client_ = std::move(client);
  ticket_ = std::move(ticket);
  discarded_ = 0;
  serving_ = consuming_ = unread_ = peer_done_ = closing_ = false;
  wait_for(Wait::first_byte);
  const auto key = server_.poller_.add(socket_.fd(), kEvents, *this);
  if (!key) return close();
  key_ = key.value();
}

void Connection::on_ready(std::uint32_t events) {
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) return close();
  if (wait_ == Wait::linger) return discard();
  if ((events & EPOLLRDHUP) != 0) hung_up_ = true;
  // Over TLS a read may wait for room to write: its handshake.
  if ((events & (EPOLLIN | EPOLLRDHUP)) != 0 || socket_.is_tls()) unread_ = true;
  if (!output_.empty()) flush();
  if (is_open() && !serving_ && !input_.empty()) return resume();
  read_on();
}

bool Connection::may_consume() const {
  return is_open() && !serving_ && !closing_ && !taker_ &&
         output_.size() <= server_.limits_.output_bytes;
}

bool Connection::may_read() const {
  return is_open() && unread_ && !closing_ && !peer_done_ &&
         input_.size() <= server_.limits_.pipelined_bytes &&
         output_.size() <= server_.limits_.output_bytes;
}

void Connection::read_on() {
  for (int reads = 0; reads < kReadsPerTurn && may_read(); ++reads) {
    const net::IoResult got = socket_.read(server_.scratch_);
    if (got.state == net::IoState::failed) return close();
    if (got.state == net::IoState::end_of_stream) peer_done_ = true;
    // A short read of a plain socket has emptied it; only a hang-up may stand behind it.
    const bool emptied = got.bytes < server_.scratch_.size() && !socket_.is_tls() && !hung_up_;
    if (got.state != net::IoState::ok || emptied) unread_ = false;
    if (got.state == net::IoState::ok) consume({server_.scratch_.data(), got.bytes});
  }
  if (is_open()) flush();
  if (is_open()) finish_if_done();
}

void Connection::consume(std::string_view bytes) {
  consuming_ = true;
  while (!bytes.empty() && may_consume()) {
    if (!parser_) parser_ = server_.take_parser();
    const bool was_in_body = parser_->in_body();
    bytes.remove_prefix(parser_->feed(bytes));
    if (parser_->failure()) {
      const RequestParser::Failure failure = *parser_->failure();
      server_.metrics_.malformed.add();
      refuse(error_response(failure.status, failure.code, failure.message));
    } else if (parser_->complete()) {
      dispatch();
    } else if (parser_->in_body() && !was_in_body) {
      if (parser_->wants_continue()) output_ += "HTTP/1.1 100 Continue\r\n\r\n";
      wait_for(Wait::body);
    } else if (parser_->has_begun() && !was_in_body && wait_ != Wait::head) {
      wait_for(Wait::head);
    }
  }
  consuming_ = false;
  if (taker_) return hand_over(std::string(bytes));
  if (is_open() && !closing_) input_.append(bytes);
}

void Connection::dispatch() {
  const Request& request = parser_->request();
  serving_ = true;
  ++serial_;
  fields_.clear();
  head_only_ = request.method == Method::head;
  keep_alive_ = request.keep_alive;
  wait_for(Wait::reply);
  server_.handler_.handle(request, client_, Exchange(server_, slot_, serial_));
  if (parser_) server_.give_back(std::move(parser_));
}

void Connection::refuse(const Response& response) {
  if (parser_) server_.give_back(std::move(parser_));
  serving_ = true;
  ++serial_;
  fields_.clear();
  head_only_ = keep_alive_ = false;
  started_ = std::chrono::steady_clock::now();
  respond(serial_, response);
}

void Connection::respond(std::uint32_t serial, const Response& response) {
  if (!serving_ || serial != serial_) return;
  serving_ = false;
  const bool keep = keep_alive_ && !response.close && !server_.draining_;
  append_response(output_, response, {keep, head_only_, server_.date_, fields_});
  closing_ = !keep;
  server_.count(response.status, std::chrono::steady_clock::now() - started_);
  if (!consuming_) resume();
}

void Connection::upgrade(std::uint32_t serial, const Response& response, UpgradeTaker taker) {
  if (!serving_ || serial != serial_) return;
  if (server_.draining_) {
    return respond(serial, error_response(503, "draining", "this node is shutting down"));
  }
  serving_ = false;
  append_response(output_, response, {true, false, server_.date_, fields_});
  server_.count(response.status, std::chrono::steady_clock::now() - started_);
  taker_ = std::move(taker);
  if (!consuming_) hand_over(std::exchange(input_, {}));
}

void Connection::hand_over(std::string received) {
  const UpgradeTaker taker = std::move(taker_);
  Upgraded upgraded{std::move(socket_),         key_,
                    std::move(received),        unread_ || hung_up_ || peer_done_,
                    std::exchange(output_, {}), std::move(ticket_)};
  release();
  taker(std::move(upgraded));
}

void Connection::set_fields(std::uint32_t serial, std::string fields) {
  if (serial == serial_) fields_ = std::move(fields);
}

void Connection::resume() {
  const std::string ahead = std::exchange(input_, {});
  if (!ahead.empty()) consume(ahead);
  read_on();
}

void Connection::flush() {
  std::size_t written = 0;
  while (written < output_.size()) {
    const net::IoResult sent = socket_.write(std::string_view(output_).substr(written));
    if (sent.state == net::IoState::would_block) break;
    if (sent.state != net::IoState::ok) return close();
    written += sent.bytes;
  }
  output_.erase(0, written);
}

void Connection::finish_if_done() {
  if (serving_) return;
  if (!output_.empty()) {
    if (wait_ != Wait::write) wait_for(Wait::write);
    return;
  }
  const bool more = !closing_ && (!input_.empty() || (unread_ && !peer_done_));
  if (peer_done_ && !more) return close();
  if (closing_) return linger();
  if (more) server_.poller_.renew(key_, socket_.fd(), kEvents);
  const bool begun = parser_ && parser_->has_begun();
  if (begun && (wait_ == Wait::head || wait_ == Wait::body)) return;
  if (begun) return wait_for(parser_->in_body() ? Wait::body : Wait::head);
  if (wait_ == Wait::first_byte) return;
  output_ = std::string();
  wait_for(Wait::idle);
}

// Closing a socket with bytes unread makes the kernel send a reset, which may overtake the reply.
void Connection::linger() {
  socket_.finish_writing();
  wait_for(Wait::linger);
  discard();
}

void Connection::discard() {
  while (discarded_ < kLingerBytes) {
    const net::IoResult got = socket_.read(server_.scratch_);
    if (got.state == net::IoState::would_block) return;
    if (got.state != net::IoState::ok) break;
    discarded_ += got.bytes;
  }
  close();
}

void Connection::on_deadline() {
  switch (wait_) {
    case Wait::reply:
      server_.metrics_.deadlines.add();
      return respond(serial_, error_response(503, "deadline_exceeded",
                                             "no store answered within the request deadline"));
    case Wait::head:
    case Wait::body:
      server_.metrics_.timeouts.add();
      return refuse(error_response(408, "request_timeout", "the request came too slowly"));
    case Wait::first_byte:
    case Wait::write:
      server_.metrics_.timeouts.add();
      return close();
    case Wait::idle:
    case Wait::linger:
      return close();
  }
}

// A request that has come already is answered.
void Connection::drain() {
  if (closing_) return;
  unread_ = true;
  read_on();
  if (!is_open() || closing_) return;
  const bool begun = parser_ && parser_->has_begun();
  if (!serving_ && output_.empty() && !begun) close();
}

void Connection::close() {
  if (!is_open()) return;
  server_.poller_.remove(key_, socket_.fd());
  socket_.close();
  ticket_.give_back();
  release();
}

void Connection::release() {
  DeadlineHook::unlink();
  ++serial_;
  serving_ = false;
  hung_up_ = false;
  input_ = std::string();
  output_ = std::string();
  taker_ = nullptr;
  if (parser_) server_.give_back(std::move(parser_));
  server_.retire(slot_);
}

void Connection::wait_for(Wait wait) {
  wait_ = wait;
  const SteadyTime now = std::chrono::steady_clock::now();
  if (wait == Wait::reply) started_ = now;
  server_.schedule(*this, now);
}

}  // namespace rollcall::http

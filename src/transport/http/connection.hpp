#pragma once

#include "transport/http/exchange.hpp"
#include "transport/http/request_parser.hpp"
#include "transport/net/poller.hpp"
#include "transport/net/socket.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include <boost/intrusive/list_hook.hpp>

namespace rollcall::http {

using SteadyTime = std::chrono::steady_clock::time_point;
using DeadlineHook =
    boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

// What a connection waits for; each has its own time limit.
enum class Wait { first_byte, head, body, reply, write, idle, linger };
constexpr std::size_t kWaits = 7;

// One client. It reads until a request is whole, hands it over, and reads on when the reply is
// written: one request at a time, in order, with what was pipelined waiting in a bounded buffer.
// An idle connection holds no buffer.
class Connection final : public net::PollHandler, public DeadlineHook {
 public:
  Connection(Server& server, std::uint32_t slot) : server_(server), slot_(slot) {}

  void open(net::Socket socket, Client client, ConnectionTicket ticket);
  void on_ready(std::uint32_t events) override;
  void respond(std::uint32_t serial, const Response& response);
  void upgrade(std::uint32_t serial, const Response& response, UpgradeTaker taker);
  void set_fields(std::uint32_t serial, std::string fields);
  void on_deadline();
  void drain();  // close when idle, else after the reply that is due
  void close();

  bool is_open() const { return socket_.is_open(); }
  Wait wait() const { return wait_; }
  SteadyTime deadline() const { return deadline_; }
  void set_deadline(SteadyTime deadline) { deadline_ = deadline; }

 private:
  static constexpr int kReadsPerTurn = 4;  // then the others have their turn
  // Of a refused body: many clients send all of theirs before they read the reply.
  static constexpr std::size_t kLingerBytes = 4 * 1024 * 1024;

  void read_on();
  void consume(std::string_view bytes);
  void dispatch();
  void resume();
  void flush();
  void finish_if_done();
  void hand_over(std::string received);
  void release();
  void refuse(const Response& response);
  void linger();
  void discard();
  void wait_for(Wait wait);
  bool may_read() const;
  bool may_consume() const;

  Server& server_;
  std::uint32_t slot_;
  std::uint32_t serial_ = 0;  // of the request being answered; never reused by this slot
  net::Socket socket_;
  net::Poller::Key key_ = 0;
  Client client_;
  ConnectionTicket ticket_;
  std::unique_ptr<RequestParser> parser_;
  std::string input_;   // read ahead of the request being answered
  std::string output_;  // replies that the socket has not taken yet
  std::string fields_;  // of the exchange
  UpgradeTaker taker_;  // of the connection, once its 101 is in the output
  SteadyTime started_{};
  SteadyTime deadline_{};
  std::size_t discarded_ = 0;
  Wait wait_ = Wait::first_byte;
  bool serving_ = false;
  bool consuming_ = false;
  bool unread_ = false;  // the socket may hold more than was read
  bool hung_up_ = false;
  bool peer_done_ = false;  // the client sends no more
  bool closing_ = false;    // close when the output is written
  bool head_only_ = false;
  bool keep_alive_ = true;
};

}  // namespace rollcall::http

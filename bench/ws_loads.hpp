#pragma once

#include "bench/web_sockets.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace rollcall::bench {

// A closed loop of work for a server: as much is always under way, and whatever ends begins anew.
// Any answer that is not right throws std::runtime_error: a window with errors is no measurement.
class Load {
 public:
  virtual ~Load() = default;

  // Handles what is ready.
  virtual void turn() = 0;

  std::uint64_t done = 0;           // deliveries, echoes or handshakes
  std::vector<float> latencies_us;  // of each broadcast (to its last delivery), send, ...
};

// Messages of 100 bytes posted over `in_flight` keep-alive connections. To everybody: the next is
// posted when the request has been answered and the last copy has arrived, for a client must not
// pile up what it cannot read. To one user: when the request has been answered; the message
// arrives about then, and is counted when it does.
class PublishLoad : public Load {
 public:
  enum class To { everybody, one_user };

  PublishLoad(const Target& target, To to, std::size_t sockets, std::size_t in_flight);
  ~PublishLoad() override;
  PublishLoad(const PublishLoad&) = delete;
  PublishLoad& operator=(const PublishLoad&) = delete;

  void turn() override;

 private:
  struct Publisher {
    int fd = -1;
    bool is_answered = false;
    std::size_t copies_due = 0;  // of a broadcast
    SteadyTime posted_at;
    std::string partial;
  };

  void post(std::size_t number);
  void take_answer(std::size_t number);
  void take_message(std::size_t socket, std::string_view payload);
  void finish(std::size_t number);

  To to_;
  Target target_;
  ReadySockets ready_;
  WebSockets sockets_;
  WebSockets::OnMessage on_message_;
  std::vector<Publisher> publishers_;
  std::vector<char> input_;
  std::vector<std::size_t> messages_due_;  // to each user
  std::size_t next_user_ = 0;
};

// Each socket has one message of 100 bytes under way, which the server returns.
class EchoLoad : public Load {
 public:
  EchoLoad(const Target& target, std::size_t sockets);

  void turn() override;

 private:
  void send(std::size_t socket);

  ReadySockets ready_;
  WebSockets sockets_;
  WebSockets::OnMessage on_message_;
  std::string payload_;
  std::string frame_;
  std::vector<SteadyTime> sent_at_;
};

// Connect, upgrade with a token, wait for the welcome where there is one, close with 1000, wait
// for the close frame; `in_flight` at once, by many users in turn.
class HandshakeLoad : public Load {
 public:
  HandshakeLoad(const Target& target, std::size_t in_flight);
  ~HandshakeLoad() override;
  HandshakeLoad(const HandshakeLoad&) = delete;
  HandshakeLoad& operator=(const HandshakeLoad&) = delete;

  void turn() override;

 private:
  struct Visitor {
    int fd = -1;
    bool is_open = false;
    bool is_closing = false;
    SteadyTime came_at;
    std::string partial;
  };

  void come(std::size_t number);
  void receive(std::size_t number);
  bool take_frames(Visitor& visitor, std::string_view text);
  void leave(Visitor& visitor);

  Target target_;
  ReadySockets ready_;
  std::vector<std::string> requests_;
  std::vector<Visitor> visitors_;
  std::vector<char> input_;
  std::size_t next_user_ = 0;
};

}  // namespace rollcall::bench

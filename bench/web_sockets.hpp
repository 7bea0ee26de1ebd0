#pragma once

#include "bench/frame.hpp"
#include "bench/ready_sockets.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::bench {

struct Target {
  std::uint16_t port = 0;
  std::string path;           // of the WebSocket
  std::string secret;         // of the users' tokens, HS256
  std::string api_key;        // for what is posted
  bool is_welcoming = false;  // it tells a connection, by a message, that its user has joined
};

std::string user_name(std::size_t user);

// The upgrade of one of the users: with a token, and with the name for servers that ask for none.
std::string upgrade_request(const Target& target, std::size_t user);

// Where the frames begin behind the answer to an upgrade; 0 while it has not arrived whole.
// Throws std::runtime_error when it is not the 101 that RFC 6455, section 4.2.2 wants.
std::size_t end_of_upgrade(std::string_view text);

// A blocking connection to 127.0.0.1, from one of a few addresses, since the ports of one run out.
int connect_to(std::uint16_t port, std::size_t number);

// Throws std::runtime_error unless the socket takes all of it.
void send_whole(int fd, std::string_view bytes);

// Appends to `partial`, when there is some, what can be read now, and returns all that is there;
// empty when nothing is. Throws std::runtime_error when the server has closed the connection.
std::string_view receive_some(int fd, std::vector<char>& input, std::string& partial);

// Open WebSockets of one user each. Their tags are 0 to count - 1.
class WebSockets {
 public:
  // What is not rollcall's own: pings are answered, and `rollcall.` messages are passed over.
  using OnMessage = std::function<void(std::size_t socket, std::string_view payload)>;

  // Returns when all are open and, where the target welcomes, welcomed.
  WebSockets(const Target& target, std::size_t count, ReadySockets& ready);
  ~WebSockets();
  WebSockets(const WebSockets&) = delete;
  WebSockets& operator=(const WebSockets&) = delete;

  // Reads once, and takes what has come whole.
  void receive(std::size_t socket, const OnMessage& on_message);
  void send(std::size_t socket, std::string_view frame) { send_whole(sockets_[socket].fd, frame); }
  std::size_t size() const { return sockets_.size(); }

 private:
  struct Socket {
    int fd = -1;
    bool is_open = false;
    std::string partial;
  };

  void open(const Target& target, std::size_t number);
  void take(std::size_t socket, Opcode opcode, std::string_view payload,
            const OnMessage& on_message);

  ReadySockets& ready_;
  std::vector<Socket> sockets_;
  std::vector<char> input_;
  std::size_t opened_ = 0;
  std::size_t welcomed_ = 0;
};

}  // namespace rollcall::bench

#include "bench/ws_loads.hpp"

#include <stdexcept>

#include <sys/socket.h>

namespace rollcall::bench {
namespace {

constexpr std::size_t kUsers = 10'000;
constexpr std::string_view kNormalClosure = "\x03\xe8";  // 1000

}  // namespace

HandshakeLoad::HandshakeLoad(const Target& target, std::size_t in_flight)
    : target_(target), visitors_(in_flight) {
  for (std::size_t user = 0; user < kUsers; ++user) {
    requests_.push_back(upgrade_request(target, user));
  }
  for (std::size_t number = 0; number < in_flight; ++number) come(number);
}

HandshakeLoad::~HandshakeLoad() {
  for (const Visitor& visitor : visitors_) ::close(visitor.fd);
}

void HandshakeLoad::turn() {
  ready_.wait([this](std::uint64_t tag) { receive(tag); });
}

void HandshakeLoad::come(std::size_t number) {
  Visitor& visitor = visitors_[number];
  visitor = {};
  visitor.came_at = std::chrono::steady_clock::now();
  visitor.fd = connect_to(target_.port, 0);
  ready_.add(visitor.fd, number);
  send_whole(visitor.fd, requests_[next_user_++ % kUsers]);
}

void HandshakeLoad::receive(std::size_t number) {
  Visitor& visitor = visitors_[number];
  std::string_view text = receive_some(visitor.fd, input_, visitor.partial);
  if (text.empty()) return;
  if (!visitor.is_open) {
    const std::size_t end = end_of_upgrade(text);
    visitor.is_open = end > 0;
    if (!visitor.is_open) {
      visitor.partial = std::string(text);
      return;
    }
    text.remove_prefix(end);
    if (!target_.is_welcoming) leave(visitor);
  }
  if (take_frames(visitor, text)) {
    ++done;
    const auto took = std::chrono::steady_clock::now() - visitor.came_at;
    latencies_us.push_back(std::chrono::duration<float, std::micro>(took).count());
    come(number);
  }
}

// True when the server has closed the WebSocket.
bool HandshakeLoad::take_frames(Visitor& visitor, std::string_view text) {
  while (const auto head = find_frame(text)) {
    if (head->opcode == Opcode::close) {
      if (!visitor.is_closing) throw std::runtime_error("the server closed a WebSocket");
      // Without a linger no port stays behind in TIME_WAIT.
      const linger none{.l_onoff = 1, .l_linger = 0};
      ::setsockopt(visitor.fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
      ::close(visitor.fd);
      return true;
    }
    if (!visitor.is_closing) leave(visitor);
    text.remove_prefix(head->frame_size());
  }
  visitor.partial = std::string(text);
  return false;
}

void HandshakeLoad::leave(Visitor& visitor) {
  visitor.is_closing = true;
  send_whole(visitor.fd, masked_frame(Opcode::close, kNormalClosure));
}

}  // namespace rollcall::bench

#include "bench/ws_loads.hpp"

#include <stdexcept>

namespace rollcall::bench {

EchoLoad::EchoLoad(const Target& target, std::size_t sockets)
    : sockets_(target, sockets, ready_),
      payload_(100, 'e'),
      frame_(masked_frame(Opcode::text, payload_)),
      sent_at_(sockets) {
  on_message_ = [this](std::size_t socket, std::string_view payload) {
    if (payload != payload_) throw std::runtime_error("not the message that was sent");
    const auto took = std::chrono::steady_clock::now() - sent_at_[socket];
    latencies_us.push_back(std::chrono::duration<float, std::micro>(took).count());
    ++done;
    send(socket);
  };
  for (std::size_t socket = 0; socket < sockets; ++socket) send(socket);
}

void EchoLoad::turn() {
  ready_.wait([this](std::uint64_t tag) { sockets_.receive(tag, on_message_); });
}

void EchoLoad::send(std::size_t socket) {
  sent_at_[socket] = std::chrono::steady_clock::now();
  sockets_.send(socket, frame_);
}

}  // namespace rollcall::bench

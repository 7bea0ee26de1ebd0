#include "transport/ws/outbox_writer.hpp"

#include "transport/ws/frame.hpp"

namespace rollcall::ws {
namespace {

Opcode opcode_of(const core::Message& message) {
  return message.payload == core::Payload::text ? Opcode::text : Opcode::binary;
}

}  // namespace

// Frames from where the socket stopped, in joined_, and behind them what is left of a payload that
// is too large to copy.
std::string_view OutboxWriter::join(const core::Outbox& outbox) {
  joined_.clear();
  std::string_view large;
  std::size_t skip = outbox.written;
  shelf_.for_each(outbox, [&](const core::OutboxShelf::Entry& entry) {
    const std::size_t before = joined_.size();
    const std::string& payload = entry.message->bytes;
    if (!entry.framed) append_frame_header(joined_, opcode_of(*entry.message), payload.size());
    const std::size_t header = joined_.size() - before;
    if (payload.size() > kCopiedPayload) {
      large = std::string_view(payload).substr(skip > header ? skip - header : 0);
      joined_.erase(before, skip);
      return false;
    }
    joined_ += payload;
    joined_.erase(before, skip);
    skip = 0;
    return joined_.size() < kJoinedBytes;
  });
  return large;
}

net::IoResult OutboxWriter::write(net::Socket& socket, core::Outbox& outbox) {
  std::size_t written = 0;
  while (!outbox.empty() && written < kBytesPerTurn) {
    const std::string_view large = join(outbox);
    const net::IoResult sent = socket.write(joined_, large);
    if (sent.state != net::IoState::ok) return {sent.state, written};
    shelf_.consume(outbox, sent.bytes);
    written += sent.bytes;
  }
  return {net::IoState::ok, written};
}

}  // namespace rollcall::ws

#include "app/client/server_frames.hpp"

#include <array>
#include <cstdint>
#include <span>

namespace rollcall::app {
namespace {

// Always the same: it hides nothing between a command and a server that it knows.
constexpr std::array<std::uint8_t, 4> kMask{0x3a, 0x7c, 0x15, 0x66};
constexpr char kMasked = '\x80';
constexpr std::size_t kShortHeader = 2;

std::uint8_t byte(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

}  // namespace

std::optional<ServerFrame> first_frame(std::string_view bytes) {
  if (bytes.size() < kShortHeader) return std::nullopt;
  std::size_t length = byte(bytes, 1) & 0x7fU;
  const std::size_t more = length == 126 ? 2 : length == 127 ? 8 : 0;
  const std::size_t header = kShortHeader + more;
  if (bytes.size() < header) return std::nullopt;
  if (more > 0) length = 0;
  for (std::size_t i = kShortHeader; i < header; ++i) length = length << 8U | byte(bytes, i);
  if (bytes.size() - header < length) return std::nullopt;
  return ServerFrame{static_cast<ws::Opcode>(byte(bytes, 0) & 0x0fU), bytes.substr(header, length),
                     header + length};
}

std::string client_frame(ws::Opcode opcode, std::string_view payload) {
  std::string frame;
  ws::append_frame_header(frame, opcode, payload.size());
  frame[1] = static_cast<char>(frame[1] | kMasked);
  for (const std::uint8_t part : kMask) frame += static_cast<char>(part);
  const std::size_t begin = frame.size();
  frame += payload;
  ws::unmask(std::span(frame).subspan(begin), kMask, 0);
  return frame;
}

}  // namespace rollcall::app

#include "transport/ws/frame.hpp"

#include <array>
#include <cstring>

namespace rollcall::ws {
namespace {

constexpr std::uint8_t kFinal = 0x80;
constexpr std::size_t kLength16 = 126;  // also the least payload that needs two bytes of length
constexpr std::size_t kLength64 = 127;
constexpr std::size_t kLargest16 = 0xffff;

void append_big_endian(std::string& out, std::uint64_t number, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(number >> (8 * i));
}

}  // namespace

std::string_view name_of(CloseCode code) {
  switch (code) {
    case CloseCode::normal:
      return "normal";
    case CloseCode::going_away:
      return "going_away";
    case CloseCode::protocol_error:
      return "protocol_error";
    case CloseCode::invalid_payload:
      return "invalid_utf8";
    case CloseCode::policy_violation:
      return "timeout";
    case CloseCode::too_big:
      return "message_too_big";
    case CloseCode::try_again_later:
      return "unavailable";
    case CloseCode::slow_consumer:
      return "slow_consumer";
    case CloseCode::token_expired:
      return "token_expired";
    case CloseCode::kicked:
      return "kicked";
    case CloseCode::connection_limit:
      return "connection_limit";
  }
  return "";
}

bool may_be_sent(std::uint16_t close_code) {
  const bool reserved = close_code == 1004 || close_code == 1005 || close_code == 1006;
  return (close_code >= 1000 && close_code <= 1014 && !reserved) ||
         (close_code >= 3000 && close_code <= 4999);
}

std::size_t frame_size(std::size_t payload) {
  if (payload < kLength16) return 2 + payload;
  return (payload <= kLargest16 ? 4 : 10) + payload;
}

void append_frame_header(std::string& out, Opcode opcode, std::size_t payload) {
  out += static_cast<char>(kFinal | static_cast<std::uint8_t>(opcode));
  if (payload < kLength16) {
    out += static_cast<char>(payload);
  } else if (payload <= kLargest16) {
    out += static_cast<char>(kLength16);
    append_big_endian(out, payload, 2);
  } else {
    out += static_cast<char>(kLength64);
    append_big_endian(out, payload, 8);
  }
}

std::string control_frame(Opcode opcode, std::string_view payload) {
  std::string frame;
  payload = payload.substr(0, kMaxControlPayload);
  append_frame_header(frame, opcode, payload.size());
  frame += payload;
  return frame;
}

std::string close_frame(std::uint16_t code, std::string_view reason) {
  std::string payload;
  append_big_endian(payload, code, 2);
  payload += reason;
  return control_frame(Opcode::close, payload);
}

void unmask(std::span<char> part, std::span<const std::uint8_t, 4> key, std::size_t offset) {
  std::array<char, 8> turned{};
  for (std::size_t i = 0; i < turned.size(); ++i) {
    turned[i] = static_cast<char>(key[(offset + i) % key.size()]);
  }
  std::uint64_t mask = 0;
  std::memcpy(&mask, turned.data(), sizeof mask);
  std::size_t i = 0;
  for (; i + sizeof mask <= part.size(); i += sizeof mask) {
    std::uint64_t word = 0;
    std::memcpy(&word, part.data() + i, sizeof word);
    word ^= mask;
    std::memcpy(part.data() + i, &word, sizeof word);
  }
  for (std::size_t k = 0; i < part.size(); ++i, ++k) {
    part[i] = static_cast<char>(part[i] ^ turned[k]);
  }
}

}  // namespace rollcall::ws

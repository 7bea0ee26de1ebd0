#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace rollcall::ws {

// RFC 6455, 5.2.
enum class Opcode : std::uint8_t {
  continuation = 0x0,
  text = 0x1,
  binary = 0x2,
  close = 0x8,
  ping = 0x9,
  pong = 0xa,
};

constexpr bool is_control(Opcode opcode) {
  return opcode >= Opcode::close;
}

// RFC 6455, 7.4.1, and rollcall's own from 4000 on.
enum class CloseCode : std::uint16_t {
  normal = 1000,
  going_away = 1001,
  protocol_error = 1002,
  invalid_payload = 1007,
  policy_violation = 1008,
  too_big = 1009,
  try_again_later = 1013,
  slow_consumer = 4008,
  token_expired = 4401,
  kicked = 4403,
  connection_limit = 4429,
};

std::string_view name_of(CloseCode code);  // "slow_consumer"

// What may stand in a close frame: what RFC 6455 or IANA's registry (up to 1014) defines for it,
// and what is left to libraries and applications.
bool may_be_sent(std::uint16_t close_code);

constexpr std::size_t kMaxControlPayload = 125;

// A server's frames are never masked, and it sends each message as one.
std::size_t frame_size(std::size_t payload);
void append_frame_header(std::string& out, Opcode opcode, std::size_t payload);

// Whole control frames; payloads longer than 125 bytes are cut.
std::string control_frame(Opcode opcode, std::string_view payload);
std::string close_frame(std::uint16_t code, std::string_view reason);

// Takes the mask off a part of a payload; `offset` is where in its frame the part begins. The key
// is as it stood in the frame.
void unmask(std::span<char> part, std::span<const std::uint8_t, 4> key, std::size_t offset);

}  // namespace rollcall::ws

#pragma once

#include "core/utf8.hpp"
#include "transport/ws/frame.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace rollcall::ws {

// Turns what a client sends (RFC 6455, 5) into messages and control frames, cut anywhere. Strict:
// masked, no reserved bits, known opcodes, lengths in their shortest form. Text is checked as it
// arrives; a message over the limit is refused by its header, before its payload. Holds memory
// only while a message or a control frame is in parts.
class FrameReader {
 public:
  enum class Kind : std::uint8_t {
    need_more,
    text,    // a whole message
    binary,  // a whole message
    ping,
    pong,
    close,    // `code` is the peer's, 0 without one; the payload is its reason
    failure,  // `code` is what to close with; nothing more is read
  };

  // Good until the next call, or until the bytes that were passed in go.
  struct Event {
    Kind kind = Kind::need_more;
    std::string_view payload;
    std::uint16_t code = 0;
  };

  // Takes the next event from the front of `bytes`, whose payloads it unmasks in place. It asks
  // for more only when it has taken them all.
  Event next(std::span<char>& bytes, std::size_t max_message);

  // Nothing is begun: it is as good as new.
  bool is_idle() const;

  // The payload of the message that next() gave, without a copy where there were parts.
  std::string take(const Event& message);

 private:
  static constexpr std::size_t kLongestHeader = 14;

  struct Parts {
    std::string message;
    std::string control;
  };

  Opcode opcode() const { return static_cast<Opcode>(header_[0] & 0x0f); }
  bool is_final() const { return (header_[0] & 0x80) != 0; }
  std::size_t length_bytes() const;
  bool opening_is_valid() const;
  Event read_header(std::span<char>& bytes, std::size_t max_message);
  std::span<char> take_part(std::span<char>& bytes);
  Event read_control(std::span<char>& bytes);
  Event read_data(std::span<char>& bytes);
  Event read_close(std::string_view payload);
  Event fail(CloseCode code);
  Parts& parts();

  std::unique_ptr<Parts> parts_;
  std::uint64_t left_ = 0;  // of the frame's payload
  std::array<std::uint8_t, kLongestHeader> header_{};
  std::uint8_t header_size_ = 0;           // so much of it is there
  std::uint8_t offset_ = 0;                // in the payload, modulo the mask's length
  Opcode message_ = Opcode::continuation;  // what is being continued; none when continuation
  bool in_payload_ = false;
  bool given_ = false;  // the parts were given out with the last event
  bool failed_ = false;
  core::Utf8Check utf8_;
};

}  // namespace rollcall::ws

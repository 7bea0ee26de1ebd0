#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace rollcall::bench {

// RFC 6455, section 5.2: as much of it as the load and its yardstick send. Whole messages only, up
// to 64 KiB.
enum class Opcode : std::uint8_t { text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

struct FrameHead {
  Opcode opcode{};
  bool is_masked = false;
  std::size_t size = 0;  // the masking key with it
  std::size_t payload_size = 0;

  std::size_t frame_size() const { return size + payload_size; }
};

constexpr std::size_t kMaskBytes = 4;
constexpr std::size_t kShortPayload = 125;

// The head of the frame at the start of `text`; nothing while it has not arrived whole.
inline std::optional<FrameHead> find_frame(std::string_view text) {
  constexpr std::uint8_t kFinal = 0x80;
  constexpr std::uint8_t kMasked = 0x80;
  constexpr std::size_t kTwoByteLength = 126;
  if (text.size() < 2) return std::nullopt;
  const auto byte = [&](std::size_t place) { return static_cast<std::uint8_t>(text[place]); };
  FrameHead head{static_cast<Opcode>(byte(0) & 0x0f), (byte(1) & kMasked) != 0, 2,
                 byte(1) & std::size_t{0x7f}};
  if ((byte(0) & kFinal) == 0) throw std::runtime_error("a message in several frames");
  if (head.payload_size > kTwoByteLength) throw std::runtime_error("a message over 64 KiB");
  if (head.payload_size == kTwoByteLength) {
    if (text.size() < 4) return std::nullopt;
    head.payload_size = static_cast<std::size_t>(byte(2) << 8 | byte(3));
    head.size = 4;
  }
  if (head.is_masked) head.size += kMaskBytes;
  if (text.size() < head.frame_size()) return std::nullopt;
  return head;
}

inline void append_head(std::string& output, Opcode opcode, std::size_t size, std::uint8_t mask) {
  output += static_cast<char>(0x80 | static_cast<std::uint8_t>(opcode));
  if (size <= kShortPayload) {
    output += static_cast<char>(mask | size);
    return;
  }
  output += static_cast<char>(mask | 126);
  output += static_cast<char>(size >> 8);
  output += static_cast<char>(size & 0xff);
}

inline void append_frame(std::string& output, Opcode opcode, std::string_view payload) {
  append_head(output, opcode, payload.size(), 0);
  output += payload;
}

// Masks, or unmasks, in place: eight bytes at a time.
inline void apply_mask(std::span<char> payload, const char* key) {
  std::array<char, 8> wide_key;
  std::memcpy(wide_key.data(), key, kMaskBytes);
  std::memcpy(wide_key.data() + kMaskBytes, key, kMaskBytes);
  std::uint64_t mask = 0;
  std::memcpy(&mask, wide_key.data(), sizeof mask);
  std::size_t place = 0;
  for (; place + sizeof mask <= payload.size(); place += sizeof mask) {
    std::uint64_t word = 0;
    std::memcpy(&word, &payload[place], sizeof word);
    word ^= mask;
    std::memcpy(&payload[place], &word, sizeof word);
  }
  for (; place < payload.size(); ++place) {
    payload[place] = static_cast<char>(payload[place] ^ wide_key[place % kMaskBytes]);
  }
}

// A client's frame. The key is the same each time: it hides nothing between two local programs.
inline std::string masked_frame(Opcode opcode, std::string_view payload) {
  constexpr std::string_view kKey = "\x3a\x7c\x15\x66";
  std::string frame;
  append_head(frame, opcode, payload.size(), 0x80);
  frame += kKey;
  const std::size_t begin = frame.size();
  frame += payload;
  apply_mask(std::span(frame).subspan(begin), kKey.data());
  return frame;
}

}  // namespace rollcall::bench

#include "core/utf8.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace rollcall::core {
namespace {

struct Lead {
  std::size_t length;  // 0: no sequence begins with this byte
  std::uint8_t second_min;
  std::uint8_t second_max;
};

Lead classify(std::uint8_t byte) {
  if (byte < 0x80) return {1, 0, 0};
  if (byte >= 0xc2 && byte <= 0xdf) return {2, 0x80, 0xbf};
  if (byte == 0xe0) return {3, 0xa0, 0xbf};
  if (byte == 0xed) return {3, 0x80, 0x9f};
  if (byte >= 0xe1 && byte <= 0xef) return {3, 0x80, 0xbf};
  if (byte == 0xf0) return {4, 0x90, 0xbf};
  if (byte >= 0xf1 && byte <= 0xf3) return {4, 0x80, 0xbf};
  if (byte == 0xf4) return {4, 0x80, 0x8f};
  return {0, 0, 0};
}

// How many bytes at the front are ASCII, in steps of eight.
std::size_t ascii_prefix(std::string_view text) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  std::size_t i = 0;
  for (; i + sizeof(std::uint64_t) <= text.size(); i += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + i, sizeof word);
    if ((word & kHighBits) != 0) break;
  }
  return i;
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const Lead lead = classify(static_cast<std::uint8_t>(text[i]));
    if (lead.length == 0 || text.size() - i < lead.length) return false;
    if (lead.length > 1) {
      const auto second = static_cast<std::uint8_t>(text[i + 1]);
      if (second < lead.second_min || second > lead.second_max) return false;
    }
    for (std::size_t k = 2; k < lead.length; ++k) {
      if ((static_cast<std::uint8_t>(text[i + k]) & 0xc0) != 0x80) return false;
    }
    i += lead.length;
  }
  return true;
}

bool Utf8Check::feed(std::string_view piece) {
  if (left_ == kBroken) return false;
  std::size_t i = 0;
  while (i < piece.size()) {
    if (left_ == 0) i += ascii_prefix(piece.substr(i));
    if (i == piece.size()) break;
    if (!take(static_cast<std::uint8_t>(piece[i++]))) {
      left_ = kBroken;
      return false;
    }
  }
  return true;
}

bool Utf8Check::take(std::uint8_t byte) {
  if (left_ == 0) {
    const Lead lead = classify(byte);
    if (lead.length == 0) return false;
    left_ = static_cast<std::uint8_t>(lead.length - 1);
    min_ = lead.second_min;
    max_ = lead.second_max;
    return true;
  }
  if (byte < min_ || byte > max_) return false;
  --left_;
  min_ = 0x80;
  max_ = 0xbf;
  return true;
}

bool has_control_characters(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<std::uint8_t>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return true;
    const bool c1_lead = byte == 0xc2 && i + 1 < text.size();
    if (c1_lead && static_cast<std::uint8_t>(text[i + 1]) < 0xa0) return true;
  }
  return false;
}

}  // namespace rollcall::core

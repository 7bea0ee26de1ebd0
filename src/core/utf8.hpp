#pragma once

#include <cstdint>
#include <string_view>

namespace rollcall::core {

// Well-formed UTF-8 as Unicode's table 3-7 defines it: no overlong forms, no surrogates, nothing
// beyond U+10FFFF.
bool is_valid_utf8(std::string_view text);

// The same check for a text that comes in pieces, cut anywhere.
class Utf8Check {
 public:
  // False as soon as no continuation could make the text well-formed; it then stays false.
  bool feed(std::string_view piece);

  // The text may end here: no character is cut in half.
  bool at_boundary() const { return left_ == 0; }

 private:
  bool take(std::uint8_t byte);

  static constexpr std::uint8_t kBroken = 0xff;

  std::uint8_t left_ = 0;  // continuation bytes that the character still needs
  std::uint8_t min_ = 0x80;
  std::uint8_t max_ = 0xbf;  // the next one's range
};

// True when a well-formed text holds a C0 or C1 control character or DEL.
bool has_control_characters(std::string_view text);

}  // namespace rollcall::core

#include "core/utf8.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace rollcall::core {
namespace {

bool is_scalar(std::uint32_t code) {
  return code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
}

// Encodes as the pattern of bits says, whether or not the code point may be encoded so.
std::string encode(std::uint32_t code, std::size_t length) {
  if (length == 1) return std::string(1, static_cast<char>(code));
  std::string text(length, '\0');
  for (std::size_t i = length - 1; i > 0; --i) {
    text[i] = static_cast<char>(0x80 | (code & 0x3f));
    code >>= 6;
  }
  text[0] = static_cast<char>((length == 2 ? 0xc0U : length == 3 ? 0xe0U : 0xf0U) | code);
  return text;
}

std::size_t shortest(std::uint32_t code) {
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
}

TEST(Utf8, EveryCodePointIsValidInItsShortestFormOnly) {
  constexpr std::uint32_t kBeyond = 0x13ffff;
  for (std::uint32_t code = 0; code <= kBeyond; ++code) {
    const std::size_t length = shortest(code);
    ASSERT_EQ(is_valid_utf8(encode(code, length)), is_scalar(code)) << code;
    const std::size_t overlong = length == 1 ? 2 : length + 1;
    if (overlong > 4) continue;
    ASSERT_FALSE(is_valid_utf8(encode(code, overlong))) << code;
  }
}

TEST(Utf8, BrokenSequencesAreRefused) {
  for (const char* text :
       {"\x80", "\xbf", "\xc3", "\xc3(", "\xe2\x82", "\xe2(\xac", "\xf0\x9f\x98", "\xf0\x9f\x98(",
        "\xf5\x80\x80\x80", "\xfe", "\xff", "ok\xc0\xaf"}) {
    EXPECT_FALSE(is_valid_utf8(text)) << testing::PrintToString(std::string(text));
  }
  EXPECT_TRUE(is_valid_utf8(""));
}

bool is_valid_bytewise(std::string_view text) {
  Utf8Check check;
  for (const char& byte : text) {
    if (!check.feed({&byte, 1})) return false;
  }
  return check.at_boundary();
}

TEST(Utf8, TheCheckInPiecesAgreesOnEveryCodePoint) {
  constexpr std::uint32_t kBeyond = 0x13ffff;
  for (std::uint32_t code = 0; code <= kBeyond; ++code) {
    const std::size_t length = shortest(code);
    ASSERT_EQ(is_valid_bytewise(encode(code, length)), is_scalar(code)) << code;
    if (length == 4) continue;
    ASSERT_FALSE(is_valid_bytewise(encode(code, length + 1))) << code;
  }
}

TEST(Utf8, TheCheckInPiecesFailsAtTheFirstHopelessByte) {
  Utf8Check check;
  EXPECT_TRUE(check.feed("\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5"));
  EXPECT_TRUE(check.feed("\xf4"));
  EXPECT_FALSE(check.at_boundary());
  EXPECT_FALSE(check.feed("\x90"));
  EXPECT_FALSE(check.feed("a"));
  EXPECT_FALSE(check.at_boundary());
}

TEST(Utf8, ControlCharactersAreC0C1AndDel) {
  for (std::uint32_t code = 0; code < 0x300; ++code) {
    const bool is_control = code < 0x20 || (code >= 0x7f && code < 0xa0);
    EXPECT_EQ(has_control_characters("a" + encode(code, shortest(code)) + "b"), is_control)
        << code;
  }
  EXPECT_FALSE(has_control_characters(""));
}

RC_GTEST_PROP(Utf8Property, TextsOfCodePointsAreValidAndTheirCutsAreNot, ()) {
  const auto codes = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::uint32_t>>(
      rc::gen::suchThat(rc::gen::inRange<std::uint32_t>(0x80, 0x110000), is_scalar)));
  std::string text;
  for (const std::uint32_t code : codes) text += encode(code, shortest(code));
  RC_ASSERT(is_valid_utf8(text));
  RC_ASSERT(!is_valid_utf8(text.substr(1)));
  RC_ASSERT(!is_valid_utf8(text.substr(0, text.size() - 1)));
}

RC_GTEST_PROP(Utf8Property, CutsDoNotMatterToTheCheckInPieces, ()) {
  const auto text = *rc::gen::container<std::string>(
      rc::gen::element('a', 'b', '\xc3', '\xa9', '\xe2', '\x82', '\xac', '\xf0', '\x9f', '\x98'));
  const auto cut = *rc::gen::inRange<std::size_t>(0, text.size() + 1);
  Utf8Check check;
  const bool fed = check.feed(text.substr(0, cut)) && check.feed(text.substr(cut));
  RC_ASSERT((fed && check.at_boundary()) == is_valid_utf8(text));
}

}  // namespace
}  // namespace rollcall::core

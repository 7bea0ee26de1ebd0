#include "transport/ws/frame.hpp"

#include <array>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace rollcall::ws {
namespace {

using namespace std::string_literals;

std::string header(Opcode opcode, std::size_t payload) {
  std::string out;
  append_frame_header(out, opcode, payload);
  return out;
}

// RFC 6455, 5.7.
TEST(Frame, HeadersAreThoseOfTheRfcExamples) {
  EXPECT_EQ(header(Opcode::text, 5), "\x81\x05");
  EXPECT_EQ(header(Opcode::binary, 256), "\x82\x7e\x01\x00"s);
  EXPECT_EQ(header(Opcode::binary, 65536), "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"s);
}

TEST(Frame, LengthsTakeTheirShortestForm) {
  for (const std::size_t payload : {0U, 1U, 125U, 126U, 127U, 65535U, 65536U, 16777216U}) {
    const std::size_t expected = payload < 126 ? 2 : payload < 65536 ? 4 : 10;
    EXPECT_EQ(header(Opcode::text, payload).size(), expected) << payload;
    EXPECT_EQ(frame_size(payload), expected + payload);
  }
  EXPECT_EQ(header(Opcode::text, 125)[1], 125);
  EXPECT_EQ(header(Opcode::text, 126), "\x81\x7e\x00\x7e"s);
  EXPECT_EQ(header(Opcode::text, 65535), "\x81\x7e\xff\xff");
}

TEST(Frame, ControlFramesAreCutToWhatTheyMayHold) {
  EXPECT_EQ(control_frame(Opcode::ping, {}), "\x89\x00"s);
  EXPECT_EQ(control_frame(Opcode::pong, std::string(200, 'x')).size(), 2 + kMaxControlPayload);
  EXPECT_EQ(close_frame(4008, "slow"), "\x88\x06\x0f\xa8slow");
}

TEST(Frame, CloseCodesAreThoseThatMayStandInAFrame) {
  for (const int code : {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014,
                         3000, 3999, 4000, 4999}) {
    EXPECT_TRUE(may_be_sent(static_cast<std::uint16_t>(code))) << code;
  }
  for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535}) {
    EXPECT_FALSE(may_be_sent(static_cast<std::uint16_t>(code))) << code;
  }
}

RC_GTEST_PROP(FrameProperty, UnmaskingInPartsIsUnmaskingByteByByte, ()) {
  const auto key =
      *rc::gen::container<std::array<std::uint8_t, 4>>(rc::gen::arbitrary<std::uint8_t>());
  std::string masked = *rc::gen::arbitrary<std::string>();
  const auto cut = *rc::gen::inRange<std::size_t>(0, masked.size() + 1);
  std::string expected = masked;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    expected[i] = static_cast<char>(expected[i] ^ static_cast<char>(key[i % 4]));
  }
  unmask(std::span(masked).first(cut), key, 0);
  unmask(std::span(masked).subspan(cut), key, cut);
  RC_ASSERT(masked == expected);
}

}  // namespace
}  // namespace rollcall::ws

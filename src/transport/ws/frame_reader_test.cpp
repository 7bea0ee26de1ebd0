#include "transport/ws/frame_reader.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace rollcall::ws {
namespace {

using namespace std::string_literals;
using Kind = FrameReader::Kind;

constexpr std::size_t kLimit = 100'000;
constexpr std::array<std::uint8_t, 4> kKey{0x37, 0xfa, 0x21, 0x3d};

// A client's frame: `first` is the byte of the final bit, the reserved bits and the opcode.
std::string frame(int first, std::string payload) {
  std::string out;
  append_frame_header(out, Opcode::text, payload.size());
  out[0] = static_cast<char>(first);
  out[1] = static_cast<char>(out[1] | 0x80);
  out.append(kKey.begin(), kKey.end());
  unmask(payload, kKey, 0);
  return out + payload;
}

std::string close(int code, const std::string& reason = {}) {
  return frame(0x88, std::string{static_cast<char>(code >> 8), static_cast<char>(code)} + reason);
}

// What comes out, as text: "text:Hello", "failure:1002".
using Events = std::vector<std::string>;

std::string name_of(const FrameReader::Event& event) {
  constexpr std::array kNames{"more", "text", "binary", "ping", "pong", "close", "failure"};
  std::string name = kNames[static_cast<std::size_t>(event.kind)];
  if (event.kind == Kind::close || event.kind == Kind::failure) {
    name += ":" + std::to_string(event.code);
  }
  return event.payload.empty() ? name : name + ":" + std::string(event.payload);
}

// Feeds the stream in pieces that end at these places.
Events read(std::string stream, const std::vector<std::size_t>& cuts = {},
            std::size_t limit = kLimit) {
  FrameReader reader;
  Events events;
  std::size_t from = 0;
  const auto feed = [&](std::size_t to) {
    std::string piece = stream.substr(from, to - from);  // gone after this call
    std::span<char> bytes(piece);
    while (true) {
      const FrameReader::Event event = reader.next(bytes, limit);
      if (event.kind == Kind::need_more) break;
      events.push_back(name_of(event));
    }
    EXPECT_TRUE(bytes.empty());
    from = to;
  };
  for (const std::size_t cut : cuts) feed(cut);
  feed(stream.size());
  return events;
}

struct Case {
  const char* what;
  std::string stream;
  Events events;
};

class FrameReaderCases : public testing::TestWithParam<Case> {};

TEST_P(FrameReaderCases, WholeAndInEveryCut) {
  const Case& c = GetParam();
  EXPECT_EQ(read(c.stream), c.events);
  std::vector<std::size_t> bytes;
  for (std::size_t i = 1; i < c.stream.size(); ++i) {
    bytes.push_back(i);
    ASSERT_EQ(read(c.stream, {i}), c.events) << "cut at " << i;
  }
  EXPECT_EQ(read(c.stream, bytes), c.events) << "byte by byte";
}

const std::string k126(126, 'a');
const std::string k65535(300, 'b');

// RFC 6455, 5.2 to 5.6.
INSTANTIATE_TEST_SUITE_P(
    Rfc6455, FrameReaderCases,
    testing::Values(
        Case{"the example of 5.7", "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", {"text:Hello"}},
        Case{"empty messages", frame(0x81, "") + frame(0x82, ""), {"text", "binary"}},
        Case{"lengths of two bytes",
             frame(0x81, k126) + frame(0x82, k65535),
             {"text:" + k126, "binary:" + k65535}},
        Case{
            "fragments", frame(0x01, "Hel") + frame(0x00, "l") + frame(0x80, "o"), {"text:Hello"}},
        Case{"empty fragments", frame(0x02, "") + frame(0x00, "") + frame(0x80, ""), {"binary"}},
        Case{"one full fragment among empty ones",
             frame(0x01, "") + frame(0x00, "x") + frame(0x80, ""),
             {"text:x"}},
        Case{"control frames between fragments",
             frame(0x01, "a") + frame(0x89, "p") + frame(0x8a, "q") + frame(0x80, "b"),
             {"ping:p", "pong:q", "text:ab"}},
        Case{"a close between fragments", frame(0x01, "a") + close(1000), {"close:1000"}},
        Case{"a character cut by a fragment",
             frame(0x01, "\xe2\x82") + frame(0x80, "\xac"),
             {"text:\xe2\x82\xac"}},
        Case{"close with a code and a reason", close(4999, "bye"), {"close:4999:bye"}},
        Case{"close without a code", frame(0x88, ""), {"close:0"}}));

INSTANTIATE_TEST_SUITE_P(
    Refused, FrameReaderCases,
    testing::Values(
        Case{"no mask", "\x81\x05Hello", {"failure:1002"}},
        Case{"RSV1", frame(0xc1, "x"), {"failure:1002"}},
        Case{"RSV2", frame(0xa1, "x"), {"failure:1002"}},
        Case{"RSV3 on a control frame", frame(0x99, ""), {"failure:1002"}},
        Case{"opcode 3", frame(0x83, ""), {"failure:1002"}},
        Case{"opcode 7", frame(0x87, ""), {"failure:1002"}},
        Case{"opcode 11", frame(0x8b, ""), {"failure:1002"}},
        Case{"opcode 15", frame(0x8f, ""), {"failure:1002"}},
        Case{"a ping of 126 bytes", frame(0x89, k126), {"failure:1002"}},
        Case{"a ping in fragments", frame(0x09, "x"), {"failure:1002"}},
        Case{"a continuation of nothing", frame(0x80, "x"), {"failure:1002"}},
        Case{"a continuation after the end",
             frame(0x81, "x") + frame(0x80, "y"),
             {"text:x", "failure:1002"}},
        Case{"a message within a message", frame(0x01, "x") + frame(0x81, "y"), {"failure:1002"}},
        Case{"two bytes for a length of 125",
             "\x81\xfe\x00\x7d\x37\xfa\x21\x3d"s + std::string(125, 'x'),
             {"failure:1002"}},
        Case{"eight bytes for a length of 65535",
             "\x82\xff\x00\x00\x00\x00\x00\x00\xff\xff\x37\xfa\x21\x3d"s,
             {"failure:1002"}},
        Case{"a length with the highest bit",
             "\x82\xff\x80\x00\x00\x00\x00\x00\x00\x00\x37\xfa\x21\x3d"s,
             {"failure:1002"}},
        Case{"a close of one byte", frame(0x88, "x"), {"failure:1002"}},
        Case{"close code 1005", close(1005), {"failure:1002"}},
        Case{"close code 2999", close(2999), {"failure:1002"}},
        Case{"a close reason that is not UTF-8", close(1000, "\xff"), {"failure:1007"}},
        Case{"text that is not UTF-8", frame(0x81, "a\xff"), {"failure:1007"}},
        Case{"text that ends in a character", frame(0x81, "a\xe2\x82"), {"failure:1007"}},
        Case{"text that goes wrong in a later fragment",
             frame(0x01, "a\xe2") + frame(0x80, "a"),
             {"failure:1007"}},
        Case{"nothing is read behind a failure",
             frame(0x83, "") + frame(0x81, "x"),
             {"failure:1002"}}));

// Autobahn's 6.4: the rest of the frame need not come.
TEST(FrameReader, RefusesBrokenTextBeforeItsFrameIsWhole) {
  const std::string stream = frame(0x81, "abc\xf4\x90 and more");
  const std::string begun = stream.substr(0, 6 + 5);
  EXPECT_EQ(read(begun), Events{"failure:1007"});
}

TEST(FrameReader, RefusesTooMuchByTheHeaderAlone) {
  const std::string header = frame(0x82, std::string(1001, 'x')).substr(0, 8);
  EXPECT_EQ(read(header, {}, 1000), Events{"failure:1009"});
  EXPECT_EQ(read(frame(0x82, std::string(1000, 'x')), {}, 1000).size(), 1U);
  const std::string huge = "\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x37\xfa\x21\x3d"s;
  EXPECT_EQ(read(huge), Events{"failure:1009"});
}

TEST(FrameReader, TheLimitHoldsOverAllFragments) {
  const std::string stream = frame(0x01, "1234") + frame(0x00, "5678") + frame(0x80, "9");
  EXPECT_EQ(read(stream, {}, 8), Events{"failure:1009"});
  EXPECT_EQ(read(stream, {}, 9), Events{"text:123456789"});
}

TEST(FrameReader, GivesTheWholeOfAMessageInPartsAway) {
  FrameReader reader;
  std::string stream = frame(0x01, std::string(5000, 'a')) + frame(0x80, std::string(5000, 'b'));
  std::span<char> bytes(stream);
  const FrameReader::Event event = reader.next(bytes, kLimit);
  ASSERT_EQ(event.kind, Kind::text);
  const char* data = event.payload.data();
  const std::string message = reader.take(event);
  EXPECT_EQ(message.size(), 10'000U);
  EXPECT_EQ(message.data(), data);
  EXPECT_EQ(reader.next(bytes, kLimit).kind, Kind::need_more);
}

rc::Gen<std::string> random_frame() {
  return rc::gen::apply(
      [](int first, const std::string& payload) { return frame(first, payload); },
      rc::gen::element(0x01, 0x02, 0x00, 0x80, 0x81, 0x82, 0x88, 0x89, 0x8a, 0x83, 0xc1),
      rc::gen::element("a"s, ""s, "\xc3\xa9"s, "\xc3"s, "\xa9"s, "\x03\xe8"s, k126));
}

RC_GTEST_PROP(FrameReaderProperty, CutsDoNotMatter, ()) {
  const auto frames = *rc::gen::container<std::vector<std::string>>(random_frame());
  std::string stream;
  for (const std::string& one : frames) stream += one;
  auto cuts = *rc::gen::container<std::vector<std::size_t>>(
      rc::gen::inRange<std::size_t>(0, stream.size() + 1));
  std::ranges::sort(cuts);
  RC_ASSERT(read(stream, cuts) == read(stream));
}

}  // namespace
}  // namespace rollcall::ws

#include "transport/http/chunked_body.hpp"

#include <string>

#include <gtest/gtest.h>

namespace rollcall::http {
namespace {

using State = ChunkedBody::State;

constexpr std::size_t kMaxBytes = 20;

// What becomes of a coded body, whole and byte for byte.
State outcome(const std::string& coded) {
  std::string whole;
  ChunkedBody at_once(kMaxBytes);
  const std::size_t taken = at_once.feed(coded, whole);
  std::string pieces;
  ChunkedBody in_bytes(kMaxBytes);
  std::size_t steps = 0;
  for (const char c : coded) steps += in_bytes.feed({&c, 1}, pieces);
  EXPECT_EQ(in_bytes.state(), at_once.state()) << coded;
  EXPECT_EQ(steps, taken) << coded;
  EXPECT_EQ(pieces, whole) << coded;
  return at_once.state();
}

TEST(ChunkedBody, JoinsChunksAndStopsAtTheEnd) {
  const std::string coded = "5\r\nhello\r\n00A\r\n, world...\r\n000\r\n\r\n";
  ChunkedBody chunks(kMaxBytes);
  std::string body;
  EXPECT_EQ(chunks.feed(coded + "5\r\n", body), coded.size());
  EXPECT_EQ(chunks.state(), State::complete);
  EXPECT_EQ(body, "hello, world...");
}

TEST(ChunkedBody, ReadsOverExtensionsAndTrailers) {
  for (const char* coded : {"0\r\n\r\n", "0;a\r\n\r\n", "0 \t;a=\"b c\";d\r\n\r\n", "0;\r\n\r\n",
                            "0\r\nT: t\r\n\r\n", "0\r\nT:\r\nContent-Length: 5\r\n\r\n"}) {
    EXPECT_EQ(outcome(coded), State::complete) << coded;
  }
}

TEST(ChunkedBody, WaitsForTheRest) {
  const std::string coded = "1;a\r\nx\r\n0\r\nT: t\r\n\r\n";
  for (std::size_t size = 0; size < coded.size(); ++size) {
    EXPECT_EQ(outcome(coded.substr(0, size)), State::reading) << size;
  }
  EXPECT_EQ(outcome(coded), State::complete);
}

TEST(ChunkedBody, RefusesWhatIsNotWellFormed) {
  for (const char* coded : {"\r\n",
                            "x\r\n",
                            "-1\r\n",
                            "+1\r\n",
                            " 1\r\n",
                            "0x1\r\na\r\n",
                            "1 \r\na\r\n",
                            "1 1\r\n",
                            "1\na\r\n",
                            "1\rxa\r\n",
                            "1\r\nab\r\n",
                            "1\r\na\n",
                            "1\r\na\r1",
                            "1\r\na0\r\n\r\n",
                            "1;a\nb\r\n",
                            "1;\x01\r\n",
                            "1;\x7f\r\n",
                            ";\r\n",
                            "0\r\n \r\n\r\n",
                            "0\r\nT : t\r\n\r\n",
                            "0\r\nnone\r\n\r\n",
                            "0\r\nT: a\nb\r\n\r\n",
                            "0\r\n\rx",
                            "0\r\nT: \x7f\r\n\r\n",
                            "0\r\n:\r\n"}) {
    EXPECT_EQ(outcome(coded), State::malformed) << coded;
  }
}

TEST(ChunkedBody, ContentIsBounded) {
  const std::string fifteen = "f\r\n" + std::string(15, 'x') + "\r\n";
  EXPECT_EQ(outcome(fifteen + "5\r\nxxxxx\r\n0\r\n\r\n"), State::complete);
  EXPECT_EQ(outcome(fifteen + "6\r\n"), State::too_large);
  EXPECT_EQ(outcome("15\r\n"), State::too_large);
  EXPECT_EQ(outcome("ffffffffffffffff\r\n"), State::too_large);
  EXPECT_EQ(outcome("10000000000000001\r\n"), State::too_large);
}

TEST(ChunkedBody, LinesAreBounded) {
  const std::string line = "1;" + std::string(ChunkedBody::kMaxSizeLineBytes - 3, 'x');
  EXPECT_EQ(outcome(line + "\r\nA\r\n" + line + "\r\nA\r\n0\r\n\r\n"), State::complete);
  EXPECT_EQ(outcome(line + "x\r\n"), State::malformed);
  EXPECT_EQ(outcome(std::string(ChunkedBody::kMaxSizeLineBytes + 1, '0')), State::malformed);
  const std::string trailers =
      "A: b\r\nT: " + std::string(ChunkedBody::kMaxTrailerBytes - 10, 't');
  EXPECT_EQ(outcome("0\r\n" + trailers + "\r\n\r\n"), State::complete);
  EXPECT_EQ(outcome("0\r\n" + trailers + "t\r\n\r\n"), State::malformed);
}

}  // namespace
}  // namespace rollcall::http

#include "websocket_fixture.hpp"

#include <gtest/gtest.h>

namespace rollcall::ws {
namespace {

using base::Millis;

constexpr int kSmallBuffer = 4096;

TEST_F(WebSocketTest, ASlowReaderIsClosedAndTheOthersReadOn) {
  const auto slow = connect("slow", {}, {}, kSmallBuffer);
  const auto quick = connect("quick");
  ASSERT_TRUE(wait_for_messages(*slow, 1));
  const auto message = core::make_text(std::string(16 * 1024, 'x'));
  std::size_t sent = 0;
  while (sockets_->metrics().slow_consumers.get() == 0 && sent < 10'000) {
    sockets_->deliver_to_all(message);
    ++sent;
    ASSERT_TRUE(wait_for_messages(*quick, 1 + sent));
  }
  ASSERT_LT(sent, 10'000U);
  EXPECT_TRUE(wait_for_call("leave slow closed"));
  EXPECT_TRUE(wait_for_close(*slow, "4008 slow_consumer"));
  for (const std::string& got : slow->messages()) {
    EXPECT_TRUE(got == message->bytes || got.starts_with("{\"type\":\"rollcall.welcome\""));
  }
  sockets_->deliver_to_all(core::make_text("after"));
  ASSERT_TRUE(wait_for_messages(*quick, 2 + sent));
  EXPECT_EQ(quick->messages().back(), "after");
}

TEST_F(WebSocketTest, ASlowReaderThatNeverReadsIsGoneInBoundedTime) {
  const auto slow = connect("slow", {}, {}, kSmallBuffer);
  const auto message = core::make_text(std::string(64 * 1024, 'x'));
  ASSERT_TRUE(wait_for([&] {
    sockets_->deliver_to_all(message);
    return realtime_.has("leave slow closed");
  }));
  clock_.advance(kSlowCloseTimeout + Millis(1000));
  EXPECT_TRUE(wait_for_sockets(0));
  EXPECT_EQ(shared_->open_connections.load(), 0U);
}

TEST_F(WebSocketTest, ManySmallMessagesOfOneTurnAreNoSlowness) {
  const auto client = connect("ada");
  const auto message = core::make_text("small");
  for (int i = 0; i < 5000; ++i) sockets_->deliver(realtime_.joined[0], message);
  ASSERT_TRUE(wait_for_messages(*client, 5001));
  EXPECT_EQ(sockets_->metrics().slow_consumers.get(), 0U);
}

TEST_F(WebSocketTest, LargeAndSmallMessagesKeepTheirOrder) {
  const auto client = connect("ada");
  std::vector<std::string> expected;
  for (const std::size_t size : {10U, 20'000U, 0U, 200'000U, 70'000U, 3U, 16'384U, 16'385U}) {
    expected.push_back(std::string(size, static_cast<char>('a' + expected.size())));
    sockets_->deliver(realtime_.joined[0], core::make_text(expected.back()));
  }
  ASSERT_TRUE(wait_for_messages(*client, 1 + expected.size()));
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_TRUE(client->messages()[i + 1] == expected[i]) << i;
  }
}

TEST_F(WebSocketTest, AnEchoIsNotReadWhileItsAnswersWait) {
  const auto client = connect("", {}, {}, kSmallBuffer);
  const std::string payload(60'000, 'x');
  std::size_t sent = 0;
  // Until the server's queue and the buffers of both sides are full.
  std::string frame;
  append_frame_header(frame, Opcode::text, payload.size());
  frame[1] = static_cast<char>(frame[1] | 0x80);
  frame += std::string(4, '\0') + payload;
  std::size_t taken = frame.size();
  std::size_t stuck = 0;
  std::string rest;
  ASSERT_TRUE(wait_for([&] {
    if (rest.empty()) {
      rest = frame;
      ++sent;
    }
    taken = client->stream.send(rest);
    rest.erase(0, taken);
    stuck = taken == 0 ? stuck + 1 : 0;
    loop_.poll();
    return stuck > 100;
  }));
  EXPECT_LT(sockets_->metrics().messages_in.get(), sent);
  EXPECT_TRUE(wait_for([&] {
    rest.erase(0, rest.empty() ? 0 : client->stream.send(rest));
    return client->messages().size() == sent;
  }));
}

TEST_F(WebSocketTest, NothingIsLostBehindTheHandshake) {
  http::TestClient client(port());
  std::string frame = "\x81\x83";
  frame += std::string(4, '\0') + "abc";
  client.send("GET /socket HTTP/1.1\r\nHost: localhost\r\n\r\n" + frame + frame.substr(0, 3));
  ASSERT_TRUE(wait_for([&] { return !handler_.kept.empty(); }));
  http::Response answer;
  answer.status = 101;
  handler_.kept.back().upgrade(
      answer, [&](http::Upgraded upgraded) { sockets_->open_echo(std::move(upgraded)); });
  client.send(frame.substr(3));
  EXPECT_TRUE(wait_for_text(client,
                            "\r\n\r\n\x81\x03"
                            "abc\x81\x03"
                            "abc"));
}

}  // namespace
}  // namespace rollcall::ws

#include "http_fixture.hpp"

#include <algorithm>
#include <optional>
#include <system_error>

namespace rollcall::http {
namespace {

using base::Millis;

constexpr Millis kShort{100};
constexpr std::string_view kHost = " HTTP/1.1\r\nHost: h\r\n";

std::string get(std::string_view target) {
  return "GET " + std::string(target) + std::string(kHost) + "\r\n";
}

std::string post(std::string_view target, std::size_t body_bytes) {
  return "POST " + std::string(target) + std::string(kHost) +
         "Content-Length: " + std::to_string(body_bytes) + "\r\n\r\n";
}

// The bodies of a stream of whole replies.
std::vector<std::string> bodies(std::string_view stream) {
  constexpr std::string_view kLength = "Content-Length: ";
  std::vector<std::string> found;
  while (!stream.empty()) {
    const std::size_t end = stream.find("\r\n\r\n");
    const std::size_t length = stream.find(kLength);
    if (end == stream.npos || length > end) break;
    const std::size_t size = std::stoul(std::string(stream.substr(length + kLength.size(), 20)));
    if (stream.size() < end + 4 + size) break;
    found.emplace_back(stream.substr(end + 4, size));
    stream.remove_prefix(end + 4 + size);
  }
  return found;
}

TEST_F(HttpServerTest, ASlowHeadEndsIn408) {
  limits_.header_timeout = kShort;
  limits_.header_bytes = 64 * 1024 * 1024;  // more than can drip in meanwhile
  start();
  TestClient client(port());
  client.send("GET / HTTP/1.1\r\nHost: h\r\nX: ");
  // That a byte drips in now and then gives no more time.
  ASSERT_TRUE(wait_for([&] {
    client.send("y");
    return client.has("HTTP/1.1 408 ");
  }));
  ASSERT_TRUE(wait_for_end(client));
  EXPECT_TRUE(client.has("\r\nConnection: close\r\n"));
  EXPECT_EQ(server_->metrics().timeouts.get(), 1U);
}

TEST_F(HttpServerTest, ASlowBodyEndsIn408) {
  limits_.body_timeout = kShort;
  start();
  TestClient client(port());
  client.send(post("/now", 100) + "only this");
  ASSERT_TRUE(wait_for_text(client, "HTTP/1.1 408 "));
  EXPECT_TRUE(wait_for_end(client));
  EXPECT_EQ(handler_.handled, 0U);
}

TEST_F(HttpServerTest, AClientThatSaysNothingIsLetGo) {
  limits_.first_byte_timeout = kShort;
  start();
  TestClient client(port());
  ASSERT_TRUE(wait_for_end(client));
  EXPECT_EQ(client.received(), "");
  EXPECT_TRUE(wait_for_open(0));
}

TEST_F(HttpServerTest, AnIdleConnectionIsLetGo) {
  limits_.idle_timeout = kShort;
  start();
  TestClient client(port());
  client.send(get("/now"));
  ASSERT_TRUE(wait_for_text(client, "/now"));
  EXPECT_FALSE(client.has("Connection: close"));
  ASSERT_TRUE(wait_for_end(client));
  EXPECT_EQ(server_->metrics().timeouts.get(), 0U);
}

TEST_F(HttpServerTest, AClientThatDoesNotReadIsLetGo) {
  limits_.write_timeout = kShort;
  start();
  TestClient client(port(), 4096);
  client.send(get("/large"));
  ASSERT_TRUE(wait_for([&] { return server_->metrics().timeouts.get() == 1; }));
  EXPECT_TRUE(wait_for_open(0));
}

TEST_F(HttpServerTest, ALargeReplyArrivesWhole) {
  start();
  TestClient client(port(), 4096);
  client.send(get("/large") + get("/now"));
  ASSERT_TRUE(wait_for([&] { return client.received().ends_with("/now"); }));
  EXPECT_EQ(bodies(client.received()).at(0).size(), TestHandler::kLargeBytes);
}

TEST_F(HttpServerTest, PastTheDeadlineTheReplyIs503AndALateOneIsIgnored) {
  limits_.request_deadline = kShort;
  start();
  TestClient client(port());
  client.send(get("/kept"));
  ASSERT_TRUE(wait_for_text(client, "deadline_exceeded"));
  EXPECT_TRUE(client.has("HTTP/1.1 503 "));
  EXPECT_EQ(server_->metrics().deadlines.get(), 1U);
  client.send(get("/kept"));
  ASSERT_TRUE(wait_for([&] { return handler_.kept.size() == 2; }));
  handler_.kept[0].respond(text_response("late"));
  handler_.kept[1].respond(text_response("in time"));
  handler_.kept[1].respond(text_response("again"));
  client.send(get("/now"));
  ASSERT_TRUE(wait_for_text(client, "/now"));
  const auto replies = bodies(client.received());
  ASSERT_EQ(replies.size(), 3U);
  EXPECT_EQ(replies[1], "in time");
  EXPECT_EQ(replies[2], "/now");
}

TEST_F(HttpServerTest, AReplyToAClientThatHasGoneIsIgnored) {
  start();
  TestClient gone(port());
  gone.send(get("/kept"));
  ASSERT_TRUE(wait_for([&] { return handler_.kept.size() == 1; }));
  gone.close();
  TestClient next(port());
  next.send(get("/kept"));
  ASSERT_TRUE(wait_for([&] { return handler_.kept.size() == 2; }));
  handler_.kept[0].respond(text_response("for the first"));
  handler_.kept[1].respond(text_response("for the second"));
  ASSERT_TRUE(wait_for_text(next, "for the second"));
  EXPECT_FALSE(next.has("for the first"));
  EXPECT_TRUE(wait_for_open(1));
}

TEST_F(HttpServerTest, PipelinedRequestsAreAnsweredInOrder) {
  constexpr std::size_t kRequests = 1000;
  limits_.pipelined_bytes = 1024;
  limits_.output_bytes = 4096;
  start();
  std::string stream;
  std::vector<std::string> expected;
  for (std::size_t i = 0; i < kRequests; ++i) {
    expected.push_back((i % 3 == 0 ? "/posted/" : "/now/") + std::to_string(i));
    stream += get(expected.back());
  }
  TestClient client(port());
  std::string_view rest = stream;
  ASSERT_TRUE(wait_for([&] {
    if (!rest.empty()) rest.remove_prefix(client.send(rest));
    return client.received().ends_with(expected.back());
  }));
  EXPECT_EQ(bodies(client.received()), expected);
}

// Whole requests fill each read to its end, and every reply fills the output.
TEST_F(HttpServerTest, ReadingGoesOnWhenTheOutputHasDrained) {
  constexpr std::size_t kRequests = 8192;
  constexpr std::size_t kRequestBytes = 64;
  limits_.output_bytes = 0;
  start();
  std::string request = get("/now");
  request.insert(request.size() - 4, "\r\nX: ");
  request.insert(request.size() - 4, std::string(kRequestBytes - request.size(), 'x'));
  std::string stream;
  for (std::size_t i = 0; i < kRequests; ++i) stream += request;
  TestClient client(port());
  std::string_view rest = stream;
  ASSERT_TRUE(wait_for([&] {
    for (std::size_t sent = 1; sent > 0 && !rest.empty(); rest.remove_prefix(sent)) {
      sent = client.send(rest);
    }
    (void)client.received();
    return handler_.handled == kRequests;
  }));
}

TEST_F(HttpServerTest, AClientThatHasFinishedSendingStillGetsItsAnswer) {
  start();
  TestClient client(port());
  client.send(get("/now") + get("/kept"));
  client.finish();
  ASSERT_TRUE(wait_for([&] { return handler_.kept.size() == 1; }));
  handler_.kept[0].respond(text_response("the answer"));
  ASSERT_TRUE(wait_for_end(client));
  EXPECT_EQ(bodies(client.received()), (std::vector<std::string>{"/now", "the answer"}));
  EXPECT_TRUE(wait_for_open(0));
}

TEST_F(HttpServerTest, ATooLargeBodyIsRefusedReadablyWhileTheClientStillSends) {
  constexpr std::size_t kBodyBytes = 3 * 1024 * 1024;
  limits_.body_bytes = 1000;
  start();
  TestClient client(port());
  const std::string stream = post("/now", kBodyBytes) + std::string(kBodyBytes, 'x');
  std::string_view rest = stream;
  ASSERT_TRUE(wait_for([&] {  // all of it is sent before anything is read
    rest.remove_prefix(client.send(rest));
    return rest.empty();
  }));
  ASSERT_TRUE(wait_for_end(client));
  EXPECT_TRUE(client.has("HTTP/1.1 413 "));
  EXPECT_FALSE(client.was_reset());
  EXPECT_EQ(handler_.handled, 0U);
}

TEST_F(HttpServerTest, ABodyOfUnknownSizeIsRefusedWhenItHasGrownTooLarge) {
  limits_.body_bytes = 1000;
  start();
  TestClient client(port());
  client.send("POST /now" + std::string(kHost) + "Transfer-Encoding: chunked\r\n\r\n1f4\r\n" +
              std::string(500, 'x') + "\r\n1f5\r\n");
  ASSERT_TRUE(wait_for_text(client, "HTTP/1.1 413 "));
  EXPECT_TRUE(wait_for_end(client));
}

TEST_F(HttpServerTest, ABadRequestEndsTheConnection) {
  start();
  TestClient client(port());
  client.send(get("/now") + "nonsense\r\n\r\n" + get("/now"));
  ASSERT_TRUE(wait_for_end(client));
  EXPECT_EQ(bodies(client.received()).size(), 2U);
  EXPECT_TRUE(client.has("HTTP/1.1 400 "));
  EXPECT_EQ(server_->metrics().malformed.get(), 1U);
}

TEST_F(HttpServerTest, LeaveToSendTheBodyIsGiven) {
  start();
  TestClient client(port());
  client.send("POST /now" + std::string(kHost) +
              "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  ASSERT_TRUE(wait_for_text(client, "HTTP/1.1 100 Continue\r\n\r\n"));
  client.send("ok");
  EXPECT_TRUE(wait_for_text(client, "HTTP/1.1 200 OK"));
}

TEST_F(HttpServerTest, ConnectionsAreLimited) {
  limits_.connections = 2;
  start();
  TestClient first(port());
  TestClient second(port());
  ASSERT_TRUE(wait_for_open(2));
  TestClient third(port());
  ASSERT_TRUE(wait_for_end(third));
  EXPECT_TRUE(third.has("HTTP/1.1 503 "));
  EXPECT_EQ(server_->metrics().refused_connections.get(), 1U);
  first.close();
  ASSERT_TRUE(wait_for_open(1));
  TestClient fourth(port());
  fourth.send(get("/now"));
  EXPECT_TRUE(wait_for_text(fourth, "HTTP/1.1 200 OK"));
}

TEST_F(HttpServerTest, ConnectionsOfAnAddressAreLimited) {
  start(nullptr, 2);
  TestClient first(port());
  TestClient second(port());
  ASSERT_TRUE(wait_for_open(2));
  TestClient third(port());
  ASSERT_TRUE(wait_for_end(third));
  EXPECT_TRUE(third.has("HTTP/1.1 429 "));
  first.close();
  ASSERT_TRUE(wait_for_open(1));
  TestClient fourth(port());
  fourth.send(get("/now"));
  EXPECT_TRUE(wait_for_text(fourth, "HTTP/1.1 200 OK"));
}

}  // namespace
}  // namespace rollcall::http

#include "http_fixture.hpp"

#include <system_error>

namespace rollcall::http {
namespace {

const std::string kNow = "GET /now HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string kKept = "GET /kept HTTP/1.1\r\nHost: h\r\n\r\n";

class HttpDrainTest : public HttpServerTest {
 protected:
  void drain() {
    server_->drain([this] { ++emptied_; });
  }

  int emptied_ = 0;
};

TEST_F(HttpDrainTest, AnEmptyServerIsEmptyAtOnce) {
  start();
  drain();
  EXPECT_EQ(emptied_, 1);
}

TEST_F(HttpDrainTest, NobodyIsAcceptedAnyMore) {
  start();
  const std::uint16_t closed = port();
  drain();
  EXPECT_THROW(TestClient client(closed), std::system_error);
}

TEST_F(HttpDrainTest, IdleConnectionsCloseAtOnce) {
  start();
  TestClient silent(port());
  TestClient idle(port());
  idle.send(kNow);
  ASSERT_TRUE(wait_for_text(idle, "/now"));
  ASSERT_TRUE(wait_for_open(2));
  drain();
  EXPECT_EQ(emptied_, 1);
  EXPECT_TRUE(wait_for_end(silent));
  EXPECT_TRUE(wait_for_end(idle));
}

TEST_F(HttpDrainTest, RequestsInFlightAreAnsweredFirst) {
  start();
  TestClient in_flight(port());
  TestClient half_sent(port());
  in_flight.send(kKept);
  half_sent.send("GET /now HTTP/1.1\r\n");
  ASSERT_TRUE(wait_for([&] { return handler_.kept.size() == 1; }));
  ASSERT_TRUE(wait_for_open(2));
  drain();
  EXPECT_EQ(emptied_, 0);
  handler_.kept[0].respond(text_response("the answer"));
  ASSERT_TRUE(wait_for_end(in_flight));
  EXPECT_TRUE(in_flight.has("the answer"));
  EXPECT_TRUE(in_flight.has("\r\nConnection: close\r\n"));
  EXPECT_EQ(emptied_, 0);
  half_sent.send("Host: h\r\n\r\n");
  ASSERT_TRUE(wait_for_end(half_sent));
  EXPECT_TRUE(half_sent.has("HTTP/1.1 200 OK"));
  EXPECT_TRUE(half_sent.has("\r\nConnection: close\r\n"));
  in_flight.close();
  half_sent.close();
  EXPECT_TRUE(wait_for([&] { return emptied_ == 1; }));
  server_->stop();
  EXPECT_EQ(emptied_, 1);
}

// The loop does not run between the requests and the drain.
TEST_F(HttpDrainTest, RequestsThatHaveComeButAreUnreadAreAnswered) {
  start();
  TestClient known(port());
  known.send(kNow);
  ASSERT_TRUE(wait_for_text(known, "/now"));
  const std::size_t before = known.received().size();
  TestClient unaccepted(port());
  known.send(kNow);
  unaccepted.send(kNow);
  drain();
  EXPECT_TRUE(wait_for_end(known));
  EXPECT_GT(known.received().size(), before);
  EXPECT_TRUE(known.has("\r\nConnection: close\r\n"));
  EXPECT_TRUE(wait_for_end(unaccepted));
  EXPECT_TRUE(unaccepted.has("HTTP/1.1 200 OK"));
  known.close();
  unaccepted.close();
  EXPECT_TRUE(wait_for([&] { return emptied_ == 1; }));
}

TEST_F(HttpDrainTest, AStoppedServerTellsNobody) {
  start();
  TestClient client(port());
  client.send(kKept);
  ASSERT_TRUE(wait_for([&] { return handler_.kept.size() == 1; }));
  drain();
  server_->stop();
  EXPECT_EQ(emptied_, 0);
  handler_.kept[0].respond(text_response("too late"));
  EXPECT_TRUE(wait_for_end(client));
  EXPECT_EQ(client.received(), "");
}

}  // namespace
}  // namespace rollcall::http

#include "websocket_fixture.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rollcall::ws {
namespace {

using base::Millis;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kWatchForbidden =
    R"({"type":"rollcall.error","code":"watch_forbidden")";

core::MessagePtr text(std::string bytes) {
  return core::make_text(std::move(bytes));
}

TEST_F(WebSocketTest, WelcomesAUserWhoHasJoined) {
  realtime_.answers_joins = false;
  const auto client = connect("ada");
  ASSERT_TRUE(wait_for_call("join ada"));
  EXPECT_TRUE(client->messages().empty());
  realtime_.waiting_joins.front()(1);
  ASSERT_TRUE(wait_for_messages(*client, 1));
  EXPECT_THAT(client->messages()[0],
              testing::MatchesRegex(R"(\{"type":"rollcall.welcome","connection":"[0-9a-f-]+",)"
                                    R"("user":"ada","node":"node-1","pingMs":54000\})"));
  EXPECT_EQ(sockets_->metrics().users.get(), 1);
  EXPECT_EQ(server_->metrics().open.get(), 0);
  EXPECT_EQ(shared_->open_connections.load(), 1U);
}

TEST_F(WebSocketTest, TheLimitOfConnectionsClosesWith4429) {
  realtime_.answers_joins = false;
  const auto client = connect("ada");
  realtime_.waiting_joins.front()(
      base::Error{base::Errc::overloaded, "connection_limit", "there are enough"});
  EXPECT_TRUE(wait_for_close(*client, "4429 connection_limit"));
  client->send_close(4429);
  EXPECT_TRUE(wait_for_sockets(0));
  EXPECT_THAT(realtime_.calls, ElementsAre("join ada"));
  EXPECT_EQ(shared_->open_connections.load(), 0U);
}

TEST_F(WebSocketTest, AJoinThatIsAnsweredTooLateIsForgotten) {
  realtime_.answers_joins = false;
  auto client = connect("ada");
  client.reset();
  ASSERT_TRUE(wait_for_call("leave ada closed"));
  realtime_.waiting_joins.front()(1);
  EXPECT_TRUE(wait_for_sockets(0));
}

TEST_F(WebSocketTest, TellsHowAConnectionEnded) {
  auto polite = connect("ada");
  polite->send_close(1000);
  EXPECT_TRUE(wait_for_close(*polite, "1000"));
  EXPECT_TRUE(wait_for_call("leave ada left"));
  EXPECT_TRUE(wait_for_end(polite->stream));

  auto gone = connect("bob");
  gone->stream.close();
  EXPECT_TRUE(wait_for_call("leave bob closed"));

  auto silent = connect("cy");
  silent->stream.finish();
  EXPECT_TRUE(wait_for_call("leave cy closed"));

  const auto wrong = connect("dan");
  wrong->send_frame(0x83, "");
  EXPECT_TRUE(wait_for_close(*wrong, "1002 protocol_error"));
  EXPECT_TRUE(wait_for_call("leave dan closed"));

  const auto kicked = connect("eve");
  sockets_->kick(realtime_.joined.back());
  EXPECT_FALSE(realtime_.has("leave eve kicked"));  // not before the turn ends
  EXPECT_TRUE(wait_for_close(*kicked, "4403 kicked"));
  EXPECT_TRUE(wait_for_call("leave eve kicked"));
  polite.reset();
  silent.reset();
  EXPECT_EQ(
      std::ranges::count_if(realtime_.calls,
                            [](const std::string& call) { return call.starts_with("leave"); }),
      5);
}

TEST_F(WebSocketTest, DeliversToOneAndToAll) {
  const auto ada = connect("ada");
  const auto bob = connect("bob");
  const auto echo = connect("");
  sockets_->deliver(realtime_.joined[0], text("to ada"));
  sockets_->deliver_to_all(text("to all"));
  core::ConnectionRef stale = realtime_.joined[0];
  ++stale.serial;
  sockets_->deliver(stale, text("to nobody"));
  sockets_->deliver({0, 99, 0}, text("to nobody"));
  sockets_->deliver({1, 0, 0}, text("to nobody"));
  ASSERT_TRUE(wait_for_messages(*bob, 2));
  EXPECT_EQ(bob->messages()[1], "to all");
  ASSERT_TRUE(wait_for_messages(*ada, 3));
  EXPECT_EQ(ada->messages()[1], "to ada");
  EXPECT_EQ(ada->messages()[2], "to all");
  echo->send_text("own");
  ASSERT_TRUE(wait_for_messages(*echo, 1));
  EXPECT_THAT(echo->messages(), ElementsAre("own"));
}

TEST_F(WebSocketTest, ObeysCommandsAndAnswersMistakes) {
  const auto client = connect("ada", auth::WatchGrant::of({"b*"}));
  for (const char* command :
       {R"({"type":"rollcall.ping"})", R"({"type":"rollcall.watch","users":["bob","eve"]})",
        R"({"type":"rollcall.watch","users":["bob","ben","bob"]})",
        R"({"type":"rollcall.unwatch","users":["bob","zoe"]})",
        R"({"type":"rollcall.status","status":"away"})", "not JSON"}) {
    client->send_text(command);
  }
  client->send_frame(0x82, "binary");
  ASSERT_TRUE(wait_for_messages(*client, 6));
  EXPECT_EQ(client->messages()[1], R"({"type":"rollcall.pong"})");
  EXPECT_THAT(client->messages()[2], StartsWith(kWatchForbidden));
  EXPECT_EQ(client->messages()[3],
            R"({"type":"rollcall.presence_state","users":{"ben":"away","bob":"away"}})");
  EXPECT_THAT(client->messages()[4], HasSubstr("invalid_json"));
  EXPECT_THAT(client->messages()[5], HasSubstr("binary_not_taken"));
  client->send_close(1000);
  ASSERT_TRUE(wait_for_call("leave ada left"));
  EXPECT_THAT(realtime_.calls, ElementsAre("join ada", "watch ben bob", "unwatch bob",
                                           "set_away ada true", "unwatch ben", "leave ada left"));
}

TEST_F(WebSocketTest, WatchesOnlySoMany) {
  const auto client = connect("ada", auth::WatchGrant::everyone());
  for (int part = 0; part < 2; ++part) {
    std::string users;
    for (int i = 0; i < 600; ++i) users += "\"u" + std::to_string(part * 600 + i) + "\",";
    users.pop_back();
    client->send_text(R"({"type":"rollcall.watch","users":[)" + users + "]}");
  }
  ASSERT_TRUE(wait_for_messages(*client, 3));
  EXPECT_THAT(client->messages()[2], HasSubstr("watch_limit"));
}

TEST_F(WebSocketTest, APongThatNobodyAskedForCausesNoWork) {
  const auto client = connect("ada");
  stay_alive(*client);
  stay_alive(*client);
  EXPECT_FALSE(realtime_.has("pong ada"));
}

TEST_F(WebSocketTest, ASilentClientIsPingedThenClosed) {
  const auto client = connect("ada");
  clock_.advance(kPing + Millis(1000));
  ASSERT_TRUE(wait_for([&] { return client->pings() == 1; }));
  client->send_frame(0x8a, "");
  ASSERT_TRUE(wait_for_call("pong ada"));
  clock_.advance(kPing + Millis(1000));
  ASSERT_TRUE(wait_for([&] { return client->pings() == 2; }));
  clock_.advance(kPongWait - kPing);
  EXPECT_TRUE(wait_for_close(*client, "1008 timeout"));
  EXPECT_TRUE(wait_for_call("leave ada timeout"));
  clock_.advance(kCloseTimeout + Millis(1000));
  EXPECT_TRUE(wait_for_sockets(0));
  EXPECT_EQ(sockets_->metrics().pings.get(), 2U);
}

TEST_F(WebSocketTest, ATokenIsProlongedOrEnds) {
  const auto client = connect("ada", {}, clock_.now() + Millis(45'000));
  clock_.advance(Millis(16'000));
  ASSERT_TRUE(wait_for_messages(*client, 2));
  EXPECT_EQ(client->messages()[1], R"({"type":"rollcall.token_expiring","expiresInMs":29000})");
  client->send_text(R"({"type":"rollcall.token","token":"bad"})");
  client->send_text(R"({"type":"rollcall.token","token":"bob"})");
  client->send_text(R"({"type":"rollcall.token","token":"ada"})");
  client->send_text(R"({"type":"rollcall.watch","users":["bob"]})");
  ASSERT_TRUE(wait_for_messages(*client, 5));
  EXPECT_THAT(client->messages()[2], HasSubstr("invalid_token"));
  EXPECT_THAT(client->messages()[3], HasSubstr("other_user"));
  EXPECT_THAT(client->messages()[4], HasSubstr("presence_state"));
  stay_alive(*client);
  clock_.advance(Millis(31'000));
  ASSERT_TRUE(wait_for_messages(*client, 7));
  EXPECT_THAT(client->messages()[6], HasSubstr("token_expiring"));
  EXPECT_EQ(client->close(), "");
  stay_alive(*client);
  clock_.advance(Millis(29'000));
  EXPECT_TRUE(wait_for_close(*client, "4401 token_expired"));
  EXPECT_TRUE(wait_for_call("leave ada token_expired"));
}

TEST_F(WebSocketTest, ADrainIsSpreadEvenly) {
  std::vector<std::unique_ptr<SocketClient>> clients;
  for (int i = 0; i < 10; ++i) clients.push_back(connect("user" + std::to_string(i)));
  const auto closed = [&] {
    return std::ranges::count_if(clients, [](const auto& c) { return !c->close().empty(); });
  };
  bool empty = false;
  sockets_->drain(Millis(5'000), [&] { empty = true; });
  clock_.advance(Millis(2'400));
  ASSERT_TRUE(wait_for([&] { return closed() == 5; }));
  EXPECT_FALSE(empty);
  clock_.advance(Millis(2'600));
  ASSERT_TRUE(wait_for([&] { return closed() == 10; }));
  for (const auto& client : clients) {
    EXPECT_THAT(client->close(), StartsWith("1001 {\"reconnectMs\":"));
    client->send_close(1001);
  }
  EXPECT_TRUE(wait_for([&] { return empty; }));
  EXPECT_TRUE(realtime_.has("leave user0 drained"));
}

}  // namespace
}  // namespace rollcall::ws

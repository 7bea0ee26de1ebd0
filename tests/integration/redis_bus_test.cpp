#include "integration/redis_cluster_fixture.hpp"

#include <cstdlib>

namespace rollcall::integration {
namespace {

using namespace std::chrono_literals;
using core::Reason;

class RedisBus : public RedisCluster {
 protected:
  using RedisCluster::RedisCluster;

  bool broadcast(ClusterNode& node, const std::string& text) {
    return wait<base::Done>(
               [&](auto reply) { node.bus.broadcast(core::make_text(text), std::move(reply)); })
        .ok();
  }
};

TEST_F(RedisBus, MessagesGoToTheNodeThatHasTheUserInOrder) {
  const auto sender = make_node();
  const auto receiver = make_node();
  ASSERT_TRUE(subscribe(*receiver, "ada"));
  ASSERT_TRUE(subscribe(*sender, "ada"));
  ASSERT_TRUE(hold(*receiver, "ada", 2).ok());
  receiver->heard.items.clear();
  std::vector<std::string> expected;
  for (int i = 0; i < 300; ++i) {
    expected.push_back("ada: " + std::to_string(i));
    sender->bus.send(member("ada"), core::make_text(std::to_string(i)), [](const auto& reach) {
      ASSERT_TRUE(reach.ok());
      EXPECT_EQ(reach.value().connections, 2U);
      EXPECT_TRUE(reach.value().live);
    });
  }
  ASSERT_TRUE(run_until([&] { return receiver->heard.items.size() == expected.size(); }));
  EXPECT_EQ(receiver->heard.messages(), expected);
  EXPECT_TRUE(run_until([&] { return sender->bus.counters().echoes.get() == 300; }));
  EXPECT_TRUE(sender->heard.messages().empty());
}

TEST_F(RedisBus, WhoIsOnlyHereCostsNoMessage) {
  const auto sender = make_node();
  const auto other = make_node();
  ASSERT_TRUE(hold(*sender, "ada", 1).ok());
  ASSERT_TRUE(subscribe(*other, "ada"));
  const auto reach = send(*sender, "ada", "private").value();
  EXPECT_EQ(reach.connections, 1U);
  EXPECT_TRUE(reach.live);
  ASSERT_TRUE(hears(*other, "ada"));
  EXPECT_EQ(other->heard.messages(), std::vector<std::string>{"ada: probe"});
  EXPECT_FALSE(send(*sender, "nobody", "x").value().live);
  ASSERT_TRUE(hold(*sender, "ada", 0, Reason::closed, 1min).ok());
  EXPECT_TRUE(send(*sender, "ada", "in the grace").value().live);
}

TEST_F(RedisBus, AfterALossOfDataMessagesArriveAllTheSame) {
  const auto sender = make_node();
  const auto receiver = make_node();
  ASSERT_TRUE(subscribe(*receiver, "ada"));
  ASSERT_TRUE(hold(*receiver, "ada", 1).ok());
  server_.command({"FLUSHALL"});
  ASSERT_TRUE(send(*sender, "ada", "still there?").ok());
  EXPECT_TRUE(run_until([&] { return receiver->heard.messages().size() == 1; }));
}

TEST_F(RedisBus, BroadcastsGoToOneShardOfEachOtherNode) {
  NodePlan first_shard = plan();
  first_shard.bus.hears_broadcasts = true;
  const auto sender = make_node(first_shard);
  const auto receiver = make_node(first_shard);
  const auto second_shard = make_node();
  ASSERT_TRUE(broadcast(*sender, "to all"));
  ASSERT_TRUE(run_until([&] { return receiver->heard.broadcasts.size() == 1; }));
  EXPECT_EQ(receiver->heard.broadcasts.front(), "to all");
  EXPECT_TRUE(run_until([&] { return sender->bus.counters().echoes.get() == 1; }));
  EXPECT_TRUE(sender->heard.broadcasts.empty());
  EXPECT_TRUE(second_shard->heard.broadcasts.empty());
}

TEST_F(RedisBus, KicksQuestionsAndAnswers) {
  const auto asker = make_node();
  const auto other = make_node();
  ASSERT_TRUE(subscribe(*other, "a{b}"));
  const auto ignore = [](const base::Status&) {};
  asker->bus.kick(member("a{b}"), ignore);
  asker->bus.ask(member("a{b}"), 42, ignore);
  ASSERT_TRUE(run_until([&] { return other->heard.items.size() == 2; }));
  EXPECT_EQ(other->heard.items[0].first, "a{b}");
  EXPECT_TRUE(std::holds_alternative<ports::Kick>(other->heard.items[0].second));
  const auto question = std::get<ports::Question>(other->heard.items[1].second);
  other->bus.answer(question, {{"id", "node", base::WallTime(5ms), base::WallTime(6ms)}});
  ASSERT_TRUE(run_until([&] { return asker->heard.answers.size() == 1; }));
  EXPECT_EQ(asker->heard.answers[0].number, 42U);
  EXPECT_EQ(asker->heard.answers[0].connections.at(0).id, "id");
}

TEST_F(RedisBus, AnyProgramMayPublish) {
  const auto node = make_node();
  ASSERT_TRUE(subscribe(*node, "ada"));
  const std::string publish = "redis-cli -p " + std::to_string(server_.port()) +
                              " PUBLISH rollcall:user:ada '{\"message\":\"by hand\"}'";
  ASSERT_EQ(std::system((publish + " > /dev/null").c_str()), 0);
  ASSERT_TRUE(run_until([&] { return !node->heard.items.empty(); }));
  EXPECT_EQ(node->heard.messages(), std::vector<std::string>{"ada: by hand"});
}

TEST_F(RedisBus, WhatIsNotUnderstoodIsCountedAndIgnored) {
  NodePlan with_broadcasts = plan();
  with_broadcasts.bus.hears_broadcasts = true;
  with_broadcasts.bus.envelopes.bytes = 1000;
  const auto node = make_node(with_broadcasts);
  ASSERT_TRUE(subscribe(*node, "ada"));
  const std::string own = "rollcall:node:" + node->name + ":0";
  server_.command({"PUBLISH", "rollcall:user:ada", "hi"});
  server_.command({"PUBLISH", "rollcall:user:ada", R"({"here":{"number":1,"connections":[]}})"});
  server_.command(
      {"PUBLISH", "rollcall:user:ada", "{\"message\":\"" + std::string(1000, 'x') + "\"}"});
  server_.command({"PUBLISH", "rollcall:broadcast", R"({"kick":{}})"});
  server_.command({"PUBLISH", own, R"({"message":"hi"})"});
  ASSERT_TRUE(run_until([&] { return node->bus.counters().malformed.get() == 5; }));
  ASSERT_TRUE(hears(*node, "ada"));
  EXPECT_EQ(node->heard.items.size(), 1U);
  EXPECT_TRUE(node->heard.broadcasts.empty());
  const auto large = send(*node, "ada", std::string(1000, 'x'));
  ASSERT_FALSE(large.ok());
  EXPECT_EQ(large.error().code, "envelope_too_large");
}

TEST_F(RedisBus, WhatIsGivenUpIsNotSubscribedTo) {
  const auto node = make_node();
  int answered = 0;
  const auto count = [&](const auto&) { ++answered; };
  node->bus.subscribe(member("ada"), count);
  node->bus.unsubscribe(member("ada"));
  node->bus.subscribe(member("bob"), count);
  node->bus.unsubscribe(member("bob"));
  node->bus.subscribe(member("bob"), count);
  ASSERT_TRUE(run_until([&] { return answered == 3; }));
  EXPECT_TRUE(run_until([&] { return subscribers("rollcall:user:bob") == 1; }));
  EXPECT_EQ(subscribers("rollcall:user:ada"), 0);
  EXPECT_TRUE(hears(*node, "bob"));
  EXPECT_TRUE(subscribe(*node, "bob")) << "it stands already";
}

TEST_F(RedisBus, ChannelsAreBounded) {
  NodePlan small = plan();
  small.bus.subscriber.max_channels = 3;  // one of them is its own
  const auto node = make_node(small);
  EXPECT_TRUE(subscribe(*node, "ada"));
  EXPECT_TRUE(subscribe(*node, "bob"));
  std::optional<base::Error> refused;
  node->bus.subscribe(member("cleo"), [&](const auto& reply) { refused = reply.error(); });
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->kind, base::Errc::overloaded);
  EXPECT_EQ(refused->code, "too_many_channels");
  node->bus.unsubscribe(member("ada"));
  EXPECT_TRUE(subscribe(*node, "cleo"));
}

// docs/protocol.md names these permissions.
TEST_F(RedisBus, ThePermissionsOfTheProtocolAreEnough) {
  server_.command({"ACL", "SETUSER", "rollcall", "on", ">secret", "~presence:*", "~{presence:*",
                   "~rollcall:*", "&rollcall:*", "+@read", "+@write", "+@connection",
                   "+@scripting", "+@pubsub", "+time"});
  NodePlan limited = plan();
  limited.link.endpoint.user = "rollcall";
  limited.link.endpoint.password = "secret";
  limited.lease = 100ms;
  auto doomed = make_node(limited);
  const auto node = make_node(limited);
  ASSERT_TRUE(subscribe(*node, "ada"));
  ASSERT_TRUE(hold(*doomed, "ada", 1).ok());
  ASSERT_TRUE(send(*doomed, "ada", "hi").ok());
  EXPECT_EQ(look_up(*node, "ada").connections, 1U);
  doomed.reset();
  EXPECT_TRUE(run_until([&] { return reap(*node).size() == 1; }));
  EXPECT_TRUE(hears(*node, "ada"));
}

// Servers without HELLO speak RESP2, where messages are arrays.
class RedisBusInResp2 : public RedisBus {
 protected:
  RedisBusInResp2() : RedisBus({"--rename-command", "HELLO", ""}) {}
};

TEST_F(RedisBusInResp2, MessagesArriveToo) {
  const auto sender = make_node();
  const auto receiver = make_node();
  EXPECT_EQ(sender->link.server().protocol, 2);
  ASSERT_TRUE(subscribe(*receiver, "ada"));
  ASSERT_TRUE(hold(*receiver, "ada", 1).value().event);
  receiver->heard.items.clear();
  ASSERT_TRUE(send(*sender, "ada", "hi").ok());
  ASSERT_TRUE(run_until([&] { return receiver->heard.items.size() == 1; }));
  EXPECT_EQ(receiver->heard.messages(), std::vector<std::string>{"ada: hi"});
  receiver->bus.unsubscribe(member("ada"));
  EXPECT_TRUE(run_until([&] { return subscribers("rollcall:user:ada") == 0; }));
}

}  // namespace
}  // namespace rollcall::integration

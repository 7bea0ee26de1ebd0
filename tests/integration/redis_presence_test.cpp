#include "adapters/redis/tick_claim.hpp"
#include "integration/redis_cluster_fixture.hpp"

namespace rollcall::integration {
namespace {

using namespace std::chrono_literals;
using core::Reason;
using core::Status;

class RedisPresence : public RedisCluster {
 protected:
  void SetUp() override { node_ = make_node(); }

  std::int64_t server_now_ms() {
    const auto time = server_.command({"TIME"}).elements;
    return std::stoll(time.at(0).text) * 1000 + std::stoll(time.at(1).text) / 1000;
  }

  std::unique_ptr<ClusterNode> node_;
};

TEST_F(RedisPresence, TheKeysAreThoseOfTheProtocol) {
  ASSERT_TRUE(hold(*node_, "a{b}%", 2).ok());
  const std::string live = "presence:a%7Bb%7D%25";
  const auto now = std::stoll(server_.command({"TIME"}).elements.at(0).text);
  EXPECT_NEAR(static_cast<double>(std::stoll(text({"GET", live}))), static_cast<double>(now), 2);
  EXPECT_NEAR(static_cast<double>(number({"TTL", live})), 300, 2);
  EXPECT_EQ(text({"HGET", "{" + live + "}:nodes", node_->name + ":0"}), "2");
  EXPECT_NEAR(static_cast<double>(number({"TTL", "{" + live + "}:nodes"})), 300, 2);
  EXPECT_EQ(text({"HGET", "{" + live + "}:state", "status"}), "online");
  EXPECT_TRUE(is_indexed(*node_, "a{b}%"));
  ASSERT_TRUE(hold(*node_, "a{b}%", 0, Reason::left).ok());
  EXPECT_EQ(number({"EXISTS", live, "{" + live + "}:nodes"}), 0);
  EXPECT_NEAR(static_cast<double>(number({"TTL", "{" + live + "}:state"})), 300, 2)
      << "it keeps the seq for a while, and not for ever";
  EXPECT_TRUE(run_until([&] { return !is_indexed(*node_, "a{b}%"); }));
}

TEST_F(RedisPresence, TheKeyLivesThroughTheGrace) {
  ASSERT_TRUE(hold(*node_, "ada", 1).ok());
  ASSERT_TRUE(hold(*node_, "ada", 0, Reason::closed, 7001ms).ok());
  EXPECT_NEAR(static_cast<double>(number({"TTL", "presence:ada"})), 8, 1);
  EXPECT_TRUE(is_indexed(*node_, "ada")) << "so that others settle it";
}

TEST_F(RedisPresence, OthersHearTheEventsOfTheReplies) {
  const auto other = make_node();
  ASSERT_TRUE(subscribe(*node_, "ada"));
  ASSERT_TRUE(subscribe(*other, "ada"));
  std::vector<std::int64_t> told;
  for (int i = 0; i < 5; ++i) {
    told.push_back(hold(*node_, "ada", 1).value().event->seq);
    told.push_back(hold(*node_, "ada", 0, Reason::left).value().event->seq);
  }
  ASSERT_TRUE(run_until([&] { return other->heard.items.size() == told.size(); }));
  const auto events = other->heard.events();
  for (std::size_t i = 0; i < told.size(); ++i) {
    EXPECT_EQ(events[i].seq, told[i]);
    EXPECT_EQ(events[i].status, i % 2 == 0 ? Status::online : Status::offline);
    EXPECT_EQ(events[i].reason, i % 2 == 0 ? Reason::connected : Reason::left);
  }
  EXPECT_TRUE(node_->heard.items.empty());
}

TEST_F(RedisPresence, SeqGrowsWhenTheClockHasSteppedBack) {
  const auto online = hold(*node_, "ada", 1).value();
  const std::int64_t ahead = online.seq + 3'600'000;
  server_.command({"HSET", "{presence:ada}:state", "seq", std::to_string(ahead)});
  EXPECT_EQ(hold(*node_, "ada", 0, Reason::left).value().seq, ahead + 1);
  EXPECT_EQ(hold(*node_, "ada", 1).value().seq, ahead + 2);
}

TEST_F(RedisPresence, AnOldReplyDoesNotTakeANewConnectionOutOfTheIndex) {
  ASSERT_TRUE(hold(*node_, "ada", 1).ok());
  int answered = 0;
  const auto note = [&](const auto& reply) { answered += reply.ok() ? 1 : 0; };
  for (int i = 0; i < 50; ++i) {
    node_->store.hold({member("ada"), 0, 0, Reason::left, 0ms, 0}, note);
    node_->store.hold({member("ada"), 1, 0, Reason::connected, 0ms, 0}, note);
  }
  ASSERT_TRUE(run_until([&] { return answered == 100; }));
  ASSERT_TRUE(ask(node_->link, redis::Command("PING")).ok());
  EXPECT_TRUE(is_indexed(*node_, "ada"));
}

TEST_F(RedisPresence, TheIndexLetsGoOfWhoIsElsewhere) {
  const auto other = make_node();
  ASSERT_TRUE(hold(*node_, "ada", 1).ok());
  ASSERT_TRUE(hold(*node_, "bob", 1).ok());
  ASSERT_TRUE(hold(*other, "ada", 1).ok());
  ASSERT_TRUE(hold(*node_, "ada", 0, Reason::closed, 1min).ok());
  ASSERT_TRUE(hold(*node_, "bob", 0, Reason::closed, 1min).ok());
  ASSERT_TRUE(hold(*other, "bob", 1).ok());
  ASSERT_TRUE(settle(*node_, "bob").ok());
  EXPECT_TRUE(run_until([&] { return !is_indexed(*node_, "ada") && !is_indexed(*node_, "bob"); }));
  EXPECT_TRUE(is_indexed(*other, "ada") && is_indexed(*other, "bob"));
}

TEST_F(RedisPresence, AnEmptiedRedisHealsByHoldingAgain) {
  const auto before = hold(*node_, "ada", 2).value();
  EXPECT_TRUE(renew(*node_).value());
  server_.command({"FLUSHALL"});
  ASSERT_TRUE(run_until([&] { return server_now_ms() > before.seq; }));
  EXPECT_EQ(look_up(*node_, "ada").status, Status::offline);
  EXPECT_FALSE(renew(*node_).value()) << "so that everything is said again";
  EXPECT_TRUE(renew(*node_).value());
  const auto after = hold(*node_, "ada", 2).value();
  ASSERT_TRUE(after.event);
  EXPECT_GT(after.seq, before.seq);
  EXPECT_EQ(look_up(*node_, "ada").connections, 2U);
  EXPECT_TRUE(is_indexed(*node_, "ada"));
}

TEST_F(RedisPresence, ALostIndexIsNoticed) {
  EXPECT_TRUE(renew(*node_).value()) << "also without users";
  server_.command({"DEL", "rollcall:node:" + node_->name + ":users"});
  EXPECT_FALSE(renew(*node_).value());
  server_.command({"DEL", "rollcall:nodes"});
  EXPECT_FALSE(renew(*node_).value());
  EXPECT_TRUE(renew(*node_).value());
}

TEST_F(RedisPresence, ADepartureAfterALossIsTold) {
  ASSERT_TRUE(hold(*node_, "ada", 1).ok());
  ASSERT_TRUE(hold(*node_, "bob", 1).ok());
  server_.command({"FLUSHALL"});
  const auto ada = hold(*node_, "ada", 0, Reason::left).value();
  ASSERT_TRUE(ada.event);
  EXPECT_EQ(ada.event->reason, Reason::left);
  EXPECT_FALSE(hold(*node_, "bob", 0, Reason::closed, 50ms).value().event);
  std::optional<core::PresenceEvent> end;
  ASSERT_TRUE(run_until([&] {
    end = settle(*node_, "bob").value().event;
    return end.has_value();
  }));
  EXPECT_EQ(end->reason, Reason::closed);
}

TEST_F(RedisPresence, WhatIsNotHeldAgainExpires) {
  NodePlan brief = plan();
  brief.ttl = 200ms;
  const auto node = make_node(brief);
  ASSERT_TRUE(hold(*node, "ada", 1).ok());
  for (int i = 0; i < 4; ++i) {
    const auto until = std::chrono::steady_clock::now() + 100ms;
    run_until([&] { return std::chrono::steady_clock::now() > until; });
    EXPECT_FALSE(hold(*node, "ada", 1).value().event) << "held again in time";
  }
  EXPECT_TRUE(run_until([&] { return number({"EXISTS", "presence:ada"}) == 0; }));
  EXPECT_TRUE(run_until([&] { return look_up(*node, "ada").status == Status::offline; }));
}

TEST_F(RedisPresence, ARefusedEventIsToldByTheNextCall) {
  ASSERT_TRUE(hold(*node_, "bob", 1).ok());
  server_.command({"ACL", "SETUSER", "default", "resetchannels"});
  const auto refused = hold(*node_, "ada", 1);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, base::Errc::unavailable);
  EXPECT_NE(refused.error().message.find("NOPERM"), std::string::npos);
  EXPECT_FALSE(hold(*node_, "bob", 0, Reason::left).ok());
  server_.command({"ACL", "SETUSER", "default", "allchannels"});
  EXPECT_TRUE(hold(*node_, "ada", 1).value().event);
  EXPECT_TRUE(hold(*node_, "bob", 0, Reason::left).value().event);
}

TEST_F(RedisPresence, ARefusedWriteIsNoSuccess) {
  server_.command({"CONFIG", "SET", "maxmemory", "1"});
  const auto refused = hold(*node_, "ada", 1);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("OOM"), std::string::npos);
  server_.command({"CONFIG", "SET", "maxmemory", "0"});
  EXPECT_TRUE(hold(*node_, "ada", 1).value().event);
}

TEST_F(RedisPresence, AHungServerAnswersNobodyAndLosesNothing) {
  NodePlan hasty = plan();
  hasty.link.command_timeout = 150ms;
  const auto node = make_node(hasty);
  ASSERT_TRUE(hold(*node, "ada", 1).ok());
  server_.pause();
  const auto late = hold(*node, "ada", 2);
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().kind, base::Errc::timeout);
  EXPECT_FALSE(hold(*node, "bob", 1).ok());
  EXPECT_FALSE(renew(*node).ok());
  server_.resume();
  ASSERT_TRUE(wait_up(node->link));
  EXPECT_FALSE(renew(*node).value()) << "what the lost answer said is not known";
  EXPECT_TRUE(renew(*node).value());
  EXPECT_EQ(hold(*node, "ada", 2).value().connections, 2U);
}

TEST_F(RedisPresence, ARestartWithoutDataHeals) {
  const auto before = hold(*node_, "ada", 1).value();
  server_.kill();
  ASSERT_TRUE(wait_down(node_->link));
  server_.start();
  ASSERT_TRUE(run_until([&] { return node_->link.is_up() && node_->bus.is_up(); }));
  EXPECT_FALSE(renew(*node_).value());
  const auto after = hold(*node_, "ada", 1).value();
  EXPECT_TRUE(after.event && after.seq > before.seq);
}

TEST_F(RedisPresence, ATickIsClaimedOnce) {
  const auto other = make_node();
  redis::RedisTickClaim mine(node_->link);
  redis::RedisTickClaim theirs(other->link);
  const auto claim = [&](ports::TickClaim& ticks, const std::string& name) {
    return wait<bool>([&](auto reply) { ticks.claim(name, 100ms, std::move(reply)); }).value();
  };
  EXPECT_TRUE(claim(mine, "crm"));
  EXPECT_FALSE(claim(theirs, "crm"));
  EXPECT_TRUE(claim(theirs, "other"));
  EXPECT_TRUE(run_until([&] { return claim(theirs, "crm"); }));
}

}  // namespace
}  // namespace rollcall::integration

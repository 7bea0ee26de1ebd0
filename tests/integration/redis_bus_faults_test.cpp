#include "integration/redis_cluster_fixture.hpp"
#include "support/tcp_proxy.hpp"

namespace rollcall::integration {
namespace {

using namespace std::chrono_literals;

class RedisBusFaults : public RedisCluster {
 protected:
  // A node whose subscriptions go through the proxy, while its commands do not.
  NodePlan through(const support::TcpProxy& proxy) const {
    NodePlan through_proxy = plan();
    through_proxy.bus.canary_every = 20ms;
    through_proxy.bus.subscriber.session = options_for(server_);
    through_proxy.bus.subscriber.session.connect_timeout = 100ms;
    through_proxy.bus.subscriber.session.endpoint.port = proxy.port();
    return through_proxy;
  }
};

TEST_F(RedisBusFaults, SubscriptionsAreMadeAgainAfterACut) {
  constexpr int kUsers = 3000;
  const auto node = make_node();
  int standing = 0;
  for (int i = 0; i < kUsers; ++i) {
    node->bus.subscribe(member("user" + std::to_string(i)),
                        [&](const auto& stands) { standing += stands.ok() ? 1 : 0; });
  }
  ASSERT_TRUE(run_until([&] { return standing == kUsers; }));
  node->bus.unsubscribe(member("user7"));
  for (int round = 1; round <= 2; ++round) {
    const auto downs = node->heard.downs;
    server_.command({"CLIENT", "KILL", "TYPE", "pubsub"});
    ASSERT_TRUE(run_until([&] { return node->heard.downs > downs; }));
    EXPECT_FALSE(node->bus.is_up());
    ASSERT_TRUE(run_until([&] { return node->bus.is_up(); }));
    EXPECT_EQ(node->heard.ups, 1 + round);
    EXPECT_EQ(subscribers("rollcall:user:user7"), 0);
    EXPECT_TRUE(hears(*node, "user0"));
    EXPECT_TRUE(hears(*node, "user2999"));
  }
}

TEST_F(RedisBusFaults, ARestartIsRepaired) {
  const auto node = make_node();
  ASSERT_TRUE(subscribe(*node, "ada"));
  server_.kill();
  ASSERT_TRUE(run_until([&] { return node->heard.downs == 1 && !node->link.is_up(); }));
  EXPECT_FALSE(subscribe(*node, "bob")) << "it does not stand now";
  EXPECT_FALSE(send(*node, "ada", "x").ok());
  server_.start();
  ASSERT_TRUE(run_until([&] { return node->bus.is_up(); }));
  EXPECT_TRUE(hears(*node, "ada"));
  EXPECT_TRUE(hears(*node, "bob"));
}

TEST_F(RedisBusFaults, ARefusedSubscriptionStandsWhenItIsAllowed) {
  NodePlan impatient = plan();
  impatient.bus.subscriber.refusal_pause = 50ms;
  const auto node = make_node(impatient);
  server_.command({"ACL", "SETUSER", "default", "resetchannels", "&rollcall:node:*"});
  ASSERT_TRUE(run_until([&] { return node->bus.is_up(); }));
  EXPECT_FALSE(subscribe(*node, "ada"));
  EXPECT_TRUE(run_until([&] { return logged("SUBSCRIBE was refused: NOPERM") > 0; }));
  EXPECT_FALSE(node->bus.is_up());
  server_.command({"ACL", "SETUSER", "default", "allchannels"});
  ASSERT_TRUE(run_until([&] { return node->bus.is_up(); }));
  EXPECT_TRUE(hears(*node, "ada"));
}

TEST_F(RedisBusFaults, ASubscriptionLostInSilenceIsNoticed) {
  support::TcpProxy proxy(server_.port(), context());
  NodePlan through_proxy = through(proxy);
  through_proxy.bus.canary_patience = 150ms;
  through_proxy.bus.wedged_after = 10s;
  const auto node = make_node(through_proxy);
  ASSERT_TRUE(subscribe(*node, "ada"));
  ASSERT_TRUE(hears(*node, "ada"));
  proxy.mute_present();
  ASSERT_TRUE(run_until([&] { return node->heard.downs == 1; }));
  ASSERT_TRUE(run_until([&] { return node->bus.is_up(); }));
  EXPECT_EQ(node->bus.counters().canaries_lost.get(), 1U);
  EXPECT_EQ(node->heard.ups, 2);
  EXPECT_FALSE(node->bus.is_wedged());
  EXPECT_TRUE(hears(*node, "ada"));
}

TEST_F(RedisBusFaults, ASilenceThatLastsIsWedgedUntilItEnds) {
  support::TcpProxy proxy(server_.port(), context());
  NodePlan through_proxy = through(proxy);
  through_proxy.bus.canary_patience = 100ms;
  through_proxy.bus.wedged_after = 300ms;
  const auto node = make_node(through_proxy);
  proxy.mute_all(true);
  proxy.mute_present();
  ASSERT_TRUE(run_until([&] { return node->bus.is_wedged(); }));
  EXPECT_TRUE(node->link.is_up());
  proxy.mute_all(false);
  EXPECT_TRUE(run_until([&] { return !node->bus.is_wedged() && node->bus.is_up(); }));
}

TEST_F(RedisBusFaults, ASilenceThatBecomesAnOutageIsNotWedged) {
  support::TcpProxy proxy(server_.port(), context());
  NodePlan through_proxy = through(proxy);
  through_proxy.link.command_timeout = 100ms;
  through_proxy.bus.canary_patience = 100ms;
  through_proxy.bus.wedged_after = 1500ms;
  const auto node = make_node(through_proxy);
  proxy.mute_all(true);
  proxy.mute_present();
  ASSERT_TRUE(run_until([&] { return node->bus.counters().canaries_lost.get() == 1; }));
  server_.pause();
  const auto over = std::chrono::steady_clock::now() + 2s;
  run_until([&] { return std::chrono::steady_clock::now() > over; });
  EXPECT_FALSE(node->bus.is_wedged());
  server_.resume();
}

TEST_F(RedisBusFaults, AnOutageOfRedisIsNotWedged) {
  NodePlan quick = plan();
  quick.link.command_timeout = 100ms;
  quick.link.connect_timeout = 100ms;
  quick.bus.canary_every = 10ms;
  quick.bus.canary_patience = 50ms;
  quick.bus.wedged_after = 100ms;
  const auto node = make_node(quick);
  server_.pause();
  const auto over = std::chrono::steady_clock::now() + 600ms;
  run_until([&] {
    EXPECT_FALSE(node->bus.is_wedged());
    return std::chrono::steady_clock::now() > over;
  });
  EXPECT_FALSE(node->link.is_up());
  server_.resume();
  EXPECT_TRUE(run_until([&] { return node->bus.is_up(); }));
}

}  // namespace
}  // namespace rollcall::integration

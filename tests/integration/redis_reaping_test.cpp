#include "integration/redis_cluster_fixture.hpp"

#include <map>

namespace rollcall::integration {
namespace {

using namespace std::chrono_literals;
using core::Reason;
using core::Status;

class RedisReaping : public RedisCluster {
 protected:
  static constexpr base::Millis kLease{300};

  NodePlan brief() const {
    NodePlan brief = plan();
    brief.lease = kLease;
    return brief;
  }

  // A node that takes no leave.
  void crash(std::unique_ptr<ClusterNode>& node) { node.reset(); }

  bool is_known(const std::string& name) {
    return number({"HEXISTS", "rollcall:nodes", name}) == 1;
  }

  // Renews and reaps on each, until the dead node is forgotten; returns what they told.
  std::vector<core::PresenceEvent> reap_until_forgotten(std::vector<ClusterNode*> survivors,
                                                        const std::string& dead) {
    std::vector<core::PresenceEvent> told;
    run_until([&] {
      std::size_t answered = 0;
      for (ClusterNode* survivor : survivors) {
        survivor->registry.renew([](const auto&) {});
        survivor->registry.reap([&](const auto& events) {
          ++answered;
          if (events) told.insert(told.end(), events.value().begin(), events.value().end());
        });
      }
      return run_until([&] { return answered == survivors.size(); }) && !is_known(dead);
    });
    return told;
  }
};

TEST_F(RedisReaping, SeveralSurvivorsTellEachEventOnce) {
  constexpr int kUsers = 450;
  auto doomed = make_node(brief());
  const auto first = make_node(brief());
  const auto second = make_node(brief());
  const auto watcher = make_node(brief());
  int held = 0;
  for (int i = 0; i < kUsers; ++i) {
    const auto user = member("user" + std::to_string(i));
    const auto note = [&](const auto& reply) { held += reply.ok() ? 1 : 0; };
    doomed->store.hold({user, 1, 0, Reason::connected, 0ms, 0}, note);
    if (i % 3 == 0) first->store.hold({user, 1, 0, Reason::connected, 0ms, 0}, note);
    watcher->bus.subscribe(user, [](const auto&) {});
  }
  ASSERT_TRUE(run_until([&] { return held == kUsers + kUsers / 3; }));
  const auto heard = [&] {
    return std::ranges::count(watcher->heard.events(), Status::offline,
                              &core::PresenceEvent::status);
  };
  const std::string name = doomed->name;
  crash(doomed);
  const auto told = reap_until_forgotten({first.get(), second.get()}, name);
  std::map<std::string, int> times;
  for (const auto& event : told) {
    ++times[event.user.text()];
    EXPECT_EQ(event.status, Status::offline);
    EXPECT_EQ(event.reason, Reason::node_lost);
  }
  EXPECT_EQ(told.size(), static_cast<std::size_t>(kUsers - kUsers / 3));
  EXPECT_EQ(times.size(), told.size()) << "an event was told twice";
  EXPECT_TRUE(run_until([&] { return heard() >= std::ssize(told); }));
  EXPECT_EQ(heard(), std::ssize(told));
  EXPECT_EQ(look_up(*second, "user0").connections, 1U) << "it is on the first as well";
  EXPECT_EQ(look_up(*second, "user1").status, Status::offline);
  EXPECT_EQ(number({"EXISTS", "rollcall:node:" + name + ":users"}), 0);
}

TEST_F(RedisReaping, NotBeforeTheLinkHasBeenUpForALease) {
  auto doomed = make_node(brief());
  ASSERT_TRUE(hold(*doomed, "ada", 1).ok());
  const std::string name = doomed->name;
  crash(doomed);
  ASSERT_TRUE(run_until([&] { return number({"EXISTS", "rollcall:node:" + name}) == 0; }));
  const auto start = std::chrono::steady_clock::now();
  const auto survivor = make_node(brief());
  std::vector<core::PresenceEvent> told;
  ASSERT_TRUE(run_until([&] {
    told = reap(*survivor);
    return !told.empty();
  }));
  EXPECT_GE(std::chrono::steady_clock::now() - start, kLease);
  EXPECT_EQ(told.front().user.text(), "ada");
}

TEST_F(RedisReaping, AnOutageMakesNobodyLost) {
  const auto first = make_node(brief());
  const auto second = make_node(brief());
  ASSERT_TRUE(hold(*second, "ada", 1).ok());
  const auto aged = std::chrono::steady_clock::now() + kLease;
  run_until([&] { return renew(*second).ok() && std::chrono::steady_clock::now() > aged; });
  server_.command({"CLIENT", "KILL", "TYPE", "normal"});
  server_.pause();
  const auto over = std::chrono::steady_clock::now() + 2 * kLease;
  run_until([&] { return std::chrono::steady_clock::now() > over; });
  server_.resume();
  ASSERT_TRUE(run_until([&] { return first->link.is_up(); }));
  EXPECT_TRUE(reap(*first).empty()) << "all leases look dead";
  ASSERT_TRUE(run_until([&] { return second->link.is_up(); }));
  EXPECT_FALSE(renew(*second).value());
}

TEST_F(RedisReaping, ANodeThatComesBackKeepsWhatWasNotReaped) {
  NodePlan one_by_one = brief();
  one_by_one.reap_batch = 1;
  const auto survivor = make_node(one_by_one);
  const auto hung = make_node(brief());
  for (const char* who : {"ada", "bob", "cleo"}) ASSERT_TRUE(hold(*hung, who, 1).ok());
  std::vector<core::PresenceEvent> told;
  ASSERT_TRUE(run_until([&] {
    told = reap(*survivor);
    return !told.empty();
  }));
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told.front().user.text(), "ada");
  EXPECT_FALSE(renew(*hung).value()) << "it was taken for dead";
  EXPECT_TRUE(reap(*survivor).empty());
  EXPECT_EQ(look_up(*survivor, "bob").connections, 1U);
  EXPECT_TRUE(hold(*hung, "ada", 1).value().event);
  EXPECT_TRUE(is_indexed(*hung, "bob"));
}

TEST_F(RedisReaping, AGraceThatRunsIsWaitedForAndHoldsNobodyUp) {
  constexpr base::Millis kGrace{1500};
  NodePlan one_by_one = brief();
  one_by_one.reap_batch = 1;
  auto drained = make_node(one_by_one);
  const auto survivor = make_node(one_by_one);
  for (const char* who : {"ada", "bob", "cleo"}) ASSERT_TRUE(hold(*drained, who, 1).ok());
  const auto left_at = look_up(*drained, "cleo").seq;
  for (const char* who : {"ada", "bob"}) {
    ASSERT_TRUE(hold(*drained, who, 0, Reason::drained, kGrace).ok());
  }
  ASSERT_TRUE(
      wait<base::Done>([&](auto reply) { drained->registry.resign(std::move(reply)); }).ok());
  const std::string name = drained->name;
  crash(drained);
  ASSERT_TRUE(hold(*survivor, "bob", 1).ok());
  const auto told = reap_until_forgotten({survivor.get()}, name);
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].user.text(), "cleo");
  EXPECT_EQ(told[0].reason, Reason::node_lost);
  EXPECT_EQ(told[1].user.text(), "ada");
  EXPECT_EQ(told[1].reason, Reason::drained);
  EXPECT_GE(told[1].seq - left_at, kGrace.count());
  EXPECT_LT(told[0].seq, told[1].seq);
  EXPECT_EQ(look_up(*survivor, "bob").status, Status::online);
}

TEST_F(RedisReaping, WhoResignsWithoutUsersIsForgottenAtOnce) {
  const auto node = make_node(brief());
  EXPECT_TRUE(is_known(node->name));
  ASSERT_TRUE(wait<base::Done>([&](auto reply) { node->registry.resign(std::move(reply)); }).ok());
  EXPECT_FALSE(is_known(node->name));
  EXPECT_EQ(
      number({"EXISTS", "rollcall:node:" + node->name, "rollcall:node:" + node->name + ":users"}),
      0);
}

TEST_F(RedisReaping, ForeignMembersOfAnIndexDoNotStopIt) {
  auto doomed = make_node(brief());
  const auto survivor = make_node(brief());
  ASSERT_TRUE(hold(*doomed, "ada", 1).ok());
  const std::string name = doomed->name;
  server_.command({"ZADD", "rollcall:node:" + name + ":users", "0",
                   "\x01"
                   "bad"});
  crash(doomed);
  EXPECT_EQ(reap_until_forgotten({survivor.get()}, name).size(), 1U);
}

}  // namespace
}  // namespace rollcall::integration

#include "service/cluster.hpp"

#include <functional>

#include <gtest/gtest.h>

namespace rollcall::service {
namespace {

using base::Millis;
using ports::ListedNode;

constexpr base::WallTime kStart{Millis(1'795'379'143'511)};
const base::Error kCut{base::Errc::unavailable, "redis_unavailable", "the link was cut"};

class GivenList final : public ports::NodeList {
 public:
  void list(ports::Reply<std::vector<ListedNode>> reply) override {
    ++asked;
    reply(answer);
  }

  base::Result<std::vector<ListedNode>> answer{std::vector<ListedNode>{}};
  int asked = 0;
};

class ClusterTest : public ::testing::Test {
 protected:
  void see(std::vector<ListedNode> nodes) {
    list_.answer = std::move(nodes);
    look();
  }

  void look() {
    clock_.advance(Cluster::kLookEvery);
    cluster_.tick();
  }

  base::ManualClock clock_{kStart};
  GivenList list_;
  Cluster cluster_{list_, clock_};
  ListedNode one_{"1", "web-1", true, kStart, 12};
  ListedNode two_{"2", "web-2", true, kStart, 7};
  ListedNode two_dead_{"2", "web-2", false, {}, {}};
};

TEST_F(ClusterTest, LooksNowAndThen) {
  see({one_});
  cluster_.tick();
  EXPECT_EQ(list_.asked, 1);
  look();
  EXPECT_EQ(list_.asked, 2);
}

TEST_F(ClusterTest, LooksAgainAtOnceWhileNobodyHasRegistered) {
  see({});
  cluster_.tick();
  EXPECT_EQ(list_.asked, 2);
}

TEST_F(ClusterTest, TellsHowItCameToANodesEnd) {
  see({one_, two_});
  ASSERT_EQ(cluster_.nodes().size(), 2U);
  EXPECT_EQ(cluster_.nodes()[1].state, NodeState::live);
  see({one_, two_dead_});
  const NodeView lost = cluster_.nodes()[1];
  EXPECT_EQ(lost.state, NodeState::lost);
  EXPECT_EQ(lost.connections, 7U);
  EXPECT_EQ(lost.since, clock_.now());
  see({one_});
  const NodeView gone = cluster_.nodes()[1];
  EXPECT_EQ(gone.state, NodeState::gone);
  EXPECT_TRUE(gone.was_lost);
  look();
  EXPECT_EQ(cluster_.nodes()[1].since, gone.since);
}

TEST_F(ClusterTest, TellsAGoodbyeFromALoss) {
  see({one_, two_});
  see({one_});
  EXPECT_EQ(cluster_.nodes()[1].state, NodeState::gone);
  EXPECT_FALSE(cluster_.nodes()[1].was_lost);
}

TEST_F(ClusterTest, KeepsWhatItKnewWhileTheRegistryIsAway) {
  EXPECT_EQ(cluster_.heard_at(), std::nullopt);
  see({one_});
  const base::WallTime heard = clock_.now();
  list_.answer = kCut;
  look();
  EXPECT_EQ(cluster_.nodes().size(), 1U);
  EXPECT_EQ(cluster_.heard_at(), heard);
}

TEST_F(ClusterTest, ForgetsTheGoneAfterAWhileAndBeyondANumber) {
  see({one_, two_});
  see({one_});
  clock_.advance(Cluster::kRememberGone);
  look();
  EXPECT_EQ(cluster_.nodes().size(), 1U);
  for (std::size_t i = 0; i < Cluster::kGoneNodes + 3; ++i) {
    see({one_, {"x" + std::to_string(i), "x", true, {}, {}}});
  }
  see({one_});
  ASSERT_EQ(cluster_.nodes().size(), 1 + Cluster::kGoneNodes);
  EXPECT_EQ(cluster_.nodes()[1].id, "x" + std::to_string(Cluster::kGoneNodes + 2));
}

TEST_F(ClusterTest, TakesANodeThatIsBackForLive) {
  see({one_, two_dead_});
  see({one_, two_});
  EXPECT_EQ(cluster_.nodes()[1].state, NodeState::live);
}

}  // namespace
}  // namespace rollcall::service

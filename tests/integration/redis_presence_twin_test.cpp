#include "core/presence_record.hpp"
#include "integration/redis_cluster_fixture.hpp"

#include <array>
#include <random>

namespace rollcall::integration {
namespace {

using namespace std::chrono_literals;
using core::Claim;
using core::Place;
using core::Reason;

// presence.lua and core/presence_record.cpp are one rule: whatever is said, both answer alike.
class PresenceTwins : public RedisCluster {
 protected:
  static constexpr std::size_t kShards = 2;
  static constexpr Place kPlaces = 2 * kShards;

  void SetUp() override {
    for (auto& node : nodes_) node = make_node();
    for (Place place = 0; place < kPlaces; ++place) {
      ClusterNode& node = *nodes_.at(place / kShards);
      const redis::RedisPresenceOptions options{node.uuid, place % kShards, "presence:", 5min};
      stores_.push_back(std::make_unique<redis::RedisPresenceStore>(options, node.link));
    }
  }

  Claim random_claim() {
    const auto below = [this](std::uint32_t end) { return std::uint32_t(random_() % end); };
    Claim claim;
    claim.connections = below(4);
    claim.away = below(claim.connections + 1);
    claim.reason = std::array{Reason::left, Reason::closed, Reason::drained}.at(below(3));
    claim.grace = below(2) == 0 ? 0ms : 60'000ms * (1 + below(2));
    claim.limit = below(3) == 0 ? 5 : 0;
    return claim;
  }

  base::Result<ports::Standing> hold(Place place, const std::string& who, const Claim& claim) {
    return wait<ports::Standing>([&](auto reply) {
      stores_.at(place)->hold(
          {member(who), claim.connections, claim.away, claim.reason, claim.grace, claim.limit},
          std::move(reply));
    });
  }

  std::array<std::unique_ptr<ClusterNode>, 2> nodes_;
  std::vector<std::unique_ptr<redis::RedisPresenceStore>> stores_;
  std::minstd_rand random_{20'261'122};
};

void expect_alike(const ports::Standing& standing, const core::PresenceRecord& record,
                  const std::optional<core::PresenceRecord::Event>& event, base::WallTime now) {
  EXPECT_EQ(core::name_of(standing.status), core::name_of(record.status()));
  EXPECT_EQ(standing.connections, record.connections());
  EXPECT_EQ(standing.places, record.places());
  EXPECT_NEAR(static_cast<double>(standing.settle_in.count()),
              static_cast<double>(record.settle_in(now).count()), 5000);
  ASSERT_EQ(standing.event.has_value(), event.has_value());
  if (!event) return;
  EXPECT_EQ(core::name_of(standing.event->status), core::name_of(event->status));
  EXPECT_EQ(core::name_of(standing.event->reason), core::name_of(event->reason));
}

TEST_F(PresenceTwins, AnswerAlike) {
  constexpr int kUsers = 60;
  constexpr int kSteps = 40;
  const base::SteadyClock clock;
  for (int i = 0; i < kUsers && !HasFailure(); ++i) {
    const std::string who = "user" + std::to_string(i);
    core::PresenceRecord record;
    for (int step = 0; step < kSteps && !HasFailure(); ++step) {
      SCOPED_TRACE(who + ", step " + std::to_string(step));
      const Place place = static_cast<Place>(random_() % kPlaces);
      if (random_() % 8 == 0) {
        const auto settled = wait<ports::Standing>(
            [&](auto reply) { stores_.at(place)->settle(member(who), std::move(reply)); });
        ASSERT_TRUE(settled.ok());
        const auto event = record.settle(clock.now());
        expect_alike(settled.value(), record, event, clock.now());
        continue;
      }
      const Claim claim = random_claim();
      const auto standing = hold(place, who, claim);
      const auto event = record.claim(place, claim, clock.now());
      ASSERT_EQ(standing.ok(), event.ok());
      if (event) expect_alike(standing.value(), record, event.value(), clock.now());
    }
  }
}

}  // namespace
}  // namespace rollcall::integration

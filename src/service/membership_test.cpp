#include "service/membership.hpp"

#include <optional>

#include <gtest/gtest.h>

namespace rollcall::service {
namespace {

using Events = std::vector<core::PresenceEvent>;

class FakeRegistry final : public ports::NodeRegistry {
 public:
  void renew(ports::Reply<bool> reply) override {
    ++renewals;
    if (found) reply(*found);
    if (!found) reply(base::Error{base::Errc::unavailable, "gone", "it is away"});
  }
  void reap(ports::Reply<Events> reply) override {
    ++reapings;
    reply(std::exchange(reaped, {}));
  }
  void resign(ports::Reply<base::Done> reply) override { reply(base::Done{}); }

  std::optional<bool> found = true;  // nothing: it cannot be reached
  Events reaped;
  int renewals = 0;
  int reapings = 0;
};

class MembershipTest : public ::testing::Test {
 protected:
  void tick_after(base::Millis wait) {
    clock_.advance(wait);
    membership_.tick();
  }

  base::ManualClock clock_{base::WallTime(base::Millis(1'700'000'000'000))};
  FakeRegistry registry_;
  int losses_ = 0;
  int heard_ = 0;
  Membership::Options options_;
  Membership membership_{
      options_,
      registry_,
      clock_,
      {[this](const core::PresenceEvent&) { ++heard_; }, [this] { ++losses_; }}};
};

TEST_F(MembershipTest, ALeaseThatIsThereIsRenewedNowAndThen) {
  membership_.tick();
  tick_after(options_.renew_every - base::Millis(1));
  EXPECT_EQ(registry_.renewals, 1);
  tick_after(base::Millis(1));
  EXPECT_EQ(registry_.renewals, 2);
  EXPECT_EQ(losses_, 0);
}

TEST_F(MembershipTest, ALeaseThatIsNotThereIsALossAndSoIsTheFirst) {
  registry_.found = false;
  membership_.tick();
  EXPECT_EQ(losses_, 1);
  registry_.found = true;
  tick_after(options_.renew_every);
  EXPECT_EQ(losses_, 1);
  registry_.found = false;
  tick_after(options_.renew_every);
  EXPECT_EQ(losses_, 2);
}

TEST_F(MembershipTest, AStoreThatCannotBeReachedIsAskedAgainSoon) {
  registry_.found.reset();
  membership_.tick();
  EXPECT_EQ(losses_, 0) << "the lease may be there";
  tick_after(options_.retry_after);
  EXPECT_EQ(registry_.renewals, 2);
}

TEST_F(MembershipTest, TheDeadAreReapedUntilNothingIsLeft) {
  const auto user = core::UserId::parse("ada").value();
  registry_.reaped = {{user, core::Status::offline, core::Reason::node_lost, clock_.now(), 1}};
  membership_.tick();
  EXPECT_EQ(heard_, 1);
  tick_after(base::Millis(0));
  EXPECT_EQ(registry_.reapings, 2);
  tick_after(base::Millis(1));
  EXPECT_EQ(registry_.reapings, 2) << "later again";
  EXPECT_EQ(membership_.reaped(), 1U);
}

TEST_F(MembershipTest, WhoHasResignedTakesNoLease) {
  membership_.resign([](const base::Result<base::Done>&) {});
  membership_.tick();
  EXPECT_EQ(registry_.renewals, 0);
}

}  // namespace
}  // namespace rollcall::service

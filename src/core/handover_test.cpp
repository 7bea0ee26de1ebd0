#include "core/handover.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace rollcall::core {
namespace {

using base::Millis;
using base::WallTime;
using State = Handover::State;

constexpr WallTime kStart{Millis{1'000'000}};

HandoverOptions options(bool has_fallback) {
  HandoverOptions options;
  options.ttl = Millis{60'000};
  options.has_fallback = has_fallback;
  return options;
}

// A machine, and the time it is told.
struct HandoverTest : testing::Test {
  Handover machine{options(true)};
  WallTime now = kStart;

  void SetUp() override { heard({}); }

  void pass(Millis span) {
    now += span;
    machine.advance(now);
  }
  void heard(const std::vector<OutageEntry>& others) {
    machine.take_board(now);
    machine.heard(others, now);
  }
  void fail(Tier tier, StoreFailure how = StoreFailure::broken) {
    machine.failed(tier, how, "it broke", now, now);
  }
  void probe(Tier tier, bool is_good) {
    while (!machine.take_probe(tier, now)) pass(Millis{10});
    machine.probed(tier, is_good, now);
  }
  void replay(Tier tier) {
    ASSERT_TRUE(machine.take_replay(tier, now));
    machine.replayed(tier, true, now);
  }
  void pull() {
    ASSERT_TRUE(machine.take_pull(now));
    machine.pulled(true, now);
  }
  Certainty certainty() const { return machine.certainty(machine.answers(), now); }
};

TEST_F(HandoverTest, NormallyOnlyThePrimaryIsWritten) {
  EXPECT_EQ(machine.state(), State::normal);
  EXPECT_EQ(machine.answers(), Tier::primary);
  EXPECT_TRUE(machine.writes(Tier::primary));
  EXPECT_FALSE(machine.writes(Tier::fallback));
  EXPECT_EQ(certainty(), Certainty::exact);
  EXPECT_FALSE(machine.take_replay(Tier::fallback, now));
  EXPECT_FALSE(machine.take_pull(now));
}

TEST_F(HandoverTest, AnErrorOpensTheBreakerAtOnceAndALateAnswerOnlyTheSecondTime) {
  fail(Tier::primary, StoreFailure::late);
  EXPECT_EQ(machine.answers(), Tier::primary);
  fail(Tier::primary, StoreFailure::late);
  EXPECT_EQ(machine.state(), State::fallback);

  Handover other{options(true)};
  other.failed(Tier::primary, StoreFailure::broken, "refused", now, now);
  EXPECT_EQ(other.state(), State::fallback);
  EXPECT_EQ(other.history().back().reason, "refused");
}

TEST_F(HandoverTest, AGoodAnswerForgivesALateOne) {
  fail(Tier::primary, StoreFailure::late);
  machine.succeeded(Tier::primary, now);
  fail(Tier::primary, StoreFailure::late);
  EXPECT_EQ(machine.answers(), Tier::primary);
}

TEST_F(HandoverTest, TheShadowGoesIntoAFallbackThatBeganEmpty) {
  fail(Tier::primary);
  const auto since = machine.take_replay(Tier::fallback, now);
  ASSERT_TRUE(since);
  EXPECT_LT(*since, kStart - Millis{60'000});
  EXPECT_FALSE(machine.take_replay(Tier::fallback, now)) << "one at a time";
  pass(Millis{10'000});
  EXPECT_EQ(certainty(), Certainty::at_least);
  machine.replayed(Tier::fallback, true, now);
  EXPECT_EQ(certainty(), Certainty::exact);
}

TEST_F(HandoverTest, NoAnswerIsExactForAWhileAfterAChange) {
  fail(Tier::primary);
  replay(Tier::fallback);
  EXPECT_EQ(certainty(), Certainty::at_least);
  pass(Millis{9'999});
  EXPECT_EQ(certainty(), Certainty::at_least);
  pass(Millis{1});
  EXPECT_EQ(certainty(), Certainty::exact);
}

TEST_F(HandoverTest, WithoutAnyStoreTheShadowAnswers) {
  fail(Tier::primary);
  fail(Tier::fallback);
  EXPECT_EQ(machine.state(), State::local);
  EXPECT_EQ(machine.answers(), Tier::local);
  pass(Millis{600'000});
  EXPECT_EQ(certainty(), Certainty::at_least);
  probe(Tier::fallback, true);
  EXPECT_EQ(machine.state(), State::fallback);
}

TEST_F(HandoverTest, ThePrimaryIsBackAfterTwoGoodProbesInARow) {
  fail(Tier::primary);
  probe(Tier::primary, true);
  probe(Tier::primary, false);
  probe(Tier::primary, true);
  EXPECT_EQ(machine.state(), State::fallback);
  probe(Tier::primary, true);
  EXPECT_EQ(machine.state(), State::recovering);
}

TEST_F(HandoverTest, TheFallbackAnswersUntilThePrimaryHasWhatItMissed) {
  fail(Tier::primary);
  const WallTime failed_at = now;
  replay(Tier::fallback);
  pass(Millis{20'000});
  probe(Tier::primary, true);
  probe(Tier::primary, true);
  EXPECT_EQ(machine.answers(), Tier::fallback);
  EXPECT_TRUE(machine.writes(Tier::primary));
  EXPECT_TRUE(machine.writes(Tier::fallback));
  EXPECT_EQ(machine.take_replay(Tier::primary, now), failed_at);
  machine.replayed(Tier::primary, true, now);
  EXPECT_EQ(machine.answers(), Tier::fallback) << "what others put there is not fetched yet";
  pull();
  EXPECT_EQ(machine.answers(), Tier::primary);
  EXPECT_EQ(machine.state(), State::recovering);
}

TEST_F(HandoverTest, BothStoresAreWrittenForOneTtlAndThenOnlyThePrimary) {
  fail(Tier::primary);
  probe(Tier::primary, true);
  probe(Tier::primary, true);
  replay(Tier::primary);
  pull();
  pass(Millis{59'000});
  EXPECT_TRUE(machine.writes(Tier::fallback));
  pass(Millis{1'001});
  EXPECT_FALSE(machine.writes(Tier::fallback));
  EXPECT_EQ(machine.state(), State::normal);
}

TEST_F(HandoverTest, WhatFailsDuringAReplayIsOwedAfterIt) {
  fail(Tier::primary);
  probe(Tier::primary, true);
  probe(Tier::primary, true);
  ASSERT_TRUE(machine.take_replay(Tier::primary, now));
  const WallTime missed_at = now;
  machine.missed(Tier::primary, missed_at);
  pass(Millis{100});
  machine.replayed(Tier::primary, true, now);
  EXPECT_EQ(machine.take_replay(Tier::primary, now), missed_at);
}

TEST_F(HandoverTest, AReplayThatEndsHalfWayIsTriedAgainAfterAWhile) {
  fail(Tier::primary);
  const WallTime failed_at = now;
  probe(Tier::primary, true);
  probe(Tier::primary, true);
  ASSERT_TRUE(machine.take_replay(Tier::primary, now));
  machine.replayed(Tier::primary, false, now);
  EXPECT_FALSE(machine.take_replay(Tier::primary, now));
  pass(Millis{500});
  EXPECT_EQ(machine.take_replay(Tier::primary, now), failed_at);
}

TEST_F(HandoverTest, WhileAnotherIsAwayBothStoresAreWrittenAndItsNewsFetched) {
  heard({{.away = true, .seeded = false}});
  EXPECT_EQ(machine.state(), State::recovering);
  EXPECT_EQ(machine.answers(), Tier::primary);
  EXPECT_TRUE(machine.writes(Tier::fallback));
  ASSERT_TRUE(machine.take_replay(Tier::fallback, now));
  machine.replayed(Tier::fallback, true, now);
  pull();
  pass(Millis{10'000});
  EXPECT_EQ(certainty(), Certainty::at_least) << "it has not put all into the fallback";
  heard({{.away = true, .seeded = true}});
  EXPECT_EQ(certainty(), Certainty::at_least) << "no pass began since then";
  pull();
  EXPECT_EQ(certainty(), Certainty::exact);
}

TEST_F(HandoverTest, APrimaryDoesNotWaitForAFallbackThatFailed) {
  fail(Tier::primary);
  replay(Tier::fallback);
  probe(Tier::primary, true);
  probe(Tier::primary, true);
  replay(Tier::primary);
  EXPECT_EQ(machine.answers(), Tier::fallback);
  fail(Tier::fallback);
  EXPECT_EQ(machine.answers(), Tier::primary);
  pass(Millis{10'000});
  EXPECT_EQ(certainty(), Certainty::exact);
}

TEST_F(HandoverTest, APlaceThatIsAwaySaysSoAndWhenItHasSeeded) {
  pass(Millis{2'000});
  EXPECT_FALSE(machine.take_board(now)->own);
  machine.heard({}, now);
  fail(Tier::primary);
  auto call = machine.take_board(now);
  ASSERT_TRUE(call && call->own);
  EXPECT_TRUE(call->own->away);
  EXPECT_FALSE(call->own->seeded);
  machine.heard({}, now);
  replay(Tier::fallback);
  pass(Millis{4'000});
  call = machine.take_board(now);
  EXPECT_FALSE(call->own->seeded) << "the others have not all seen it seeding";
  machine.heard({}, now);
  pass(Millis{2'000});
  EXPECT_TRUE(machine.take_board(now)->own->seeded);
}

TEST_F(HandoverTest, InTheFallbackNoAnswerIsExactWhileAnotherHasNotSeeded) {
  fail(Tier::primary);
  replay(Tier::fallback);
  pass(Millis{10'000});
  heard({{.away = false, .seeded = false}});
  EXPECT_EQ(certainty(), Certainty::at_least);
  heard({{.away = false, .seeded = true}});
  EXPECT_EQ(certainty(), Certainty::at_least) << "a count may be older than that";
  pass(Millis{1'501});
  EXPECT_EQ(certainty(), Certainty::exact);
}

TEST_F(HandoverTest, AStoreThatLostItsDataIsFilledFromTheStart) {
  machine.lost(now);
  EXPECT_EQ(machine.state(), State::recovering);
  EXPECT_EQ(machine.history().back().reason, "the primary store lost its data");
  const auto since = machine.take_replay(Tier::primary, now);
  ASSERT_TRUE(since);
  EXPECT_LT(*since, kStart - Millis{60'000});
  EXPECT_EQ(certainty(), Certainty::at_least);
}

TEST_F(HandoverTest, APrimaryThatIsNotAskedIsAskedForACount) {
  machine.succeeded(Tier::primary, now);
  pass(Millis{1'999});
  EXPECT_FALSE(machine.take_pulse(now));
  pass(Millis{1});
  EXPECT_TRUE(machine.take_pulse(now));
  EXPECT_FALSE(machine.take_pulse(now));
}

TEST(Handover, WithoutAFallbackTheShadowAnswersUntilThePrimaryIsBack) {
  Handover machine{options(false)};
  WallTime now = kStart;
  EXPECT_EQ(machine.certainty(Tier::primary, now), Certainty::exact);
  EXPECT_FALSE(machine.take_board(now));
  machine.failed(Tier::primary, StoreFailure::broken, "cut", now, now);
  EXPECT_EQ(machine.state(), State::local);
  for (int good = 0; good < 2; ++good) {
    while (!machine.take_probe(Tier::primary, now)) now += Millis{10};
    machine.probed(Tier::primary, true, now);
  }
  EXPECT_EQ(machine.answers(), Tier::primary);
  EXPECT_TRUE(machine.take_replay(Tier::primary, now));
  machine.replayed(Tier::primary, true, now);
  EXPECT_EQ(machine.state(), State::normal);
  EXPECT_EQ(machine.certainty(Tier::primary, now + Millis{10'000}), Certainty::exact);
}

}  // namespace
}  // namespace rollcall::core

#include "core/handover.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace rollcall::core {
namespace {

using base::Millis;

HandoverOptions options() {
  HandoverOptions options;
  options.ttl = Millis{60'000};
  options.has_fallback = true;
  return options;
}

// A machine with both stores well, and what the board tells it.
struct HandoverBoardTest : testing::Test {
  base::WallTime now{Millis{1'000'000}};
  Handover machine{options()};

  void pass(Millis span) {
    now += span;
    machine.advance(now);
  }
  void heard(const std::vector<OutageEntry>& others) {
    machine.take_board(now);
    machine.heard(others, now);
  }
  bool pulls_all() {
    const auto taken = machine.take_pull(now);
    machine.pulled(true, now);
    return taken && taken->from_start;
  }
};

TEST_F(HandoverBoardTest, WhatOthersToldIsBelievedForOneLease) {
  heard({{.away = true, .seeded = false}});
  machine.failed(Tier::fallback, StoreFailure::broken, "it broke", now, now);
  pass(Millis{10'000});
  EXPECT_EQ(machine.certainty(Tier::primary, now), Certainty::at_least);
  pass(Millis{1});
  pass(Millis{10'000});
  EXPECT_EQ(machine.certainty(Tier::primary, now), Certainty::exact)
      << "nobody can tell it any more that others are away";
}

TEST_F(HandoverBoardTest, WhatAnotherSeededIsFetchedFromTheStart) {
  heard({{.away = true, .seeded = true}});
  EXPECT_TRUE(pulls_all());
  pass(Millis{2'000});
  heard({{.away = true, .seeded = false}});
  EXPECT_FALSE(pulls_all());
  heard({{.away = true, .seeded = true}});
  EXPECT_TRUE(pulls_all()) << "what it seeded may be old";
  pass(Millis{5'000});
  heard({{.away = true, .seeded = true}});
  EXPECT_TRUE(pulls_all()) << "it may have seeded unseen";
}

}  // namespace
}  // namespace rollcall::core

#include "core/backoff.hpp"

#include <algorithm>
#include <cstdint>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace rollcall::core {
namespace {

using base::Millis;

// Neighbouring seeds would draw neighbouring first waits.
std::uint32_t scattered(std::uint32_t number) {
  return number * 2'654'435'761U;
}

TEST(Backoff, TheCeilingDoublesUpToTheMost) {
  std::vector<Millis> longest(8, Millis{0});
  for (std::uint32_t seed = 1; seed <= 2000; ++seed) {
    Backoff backoff(Millis{50}, Millis{1000}, scattered(seed));
    for (Millis& most : longest) most = std::max(most, backoff.next());
  }
  const std::vector<int> ceilings{50, 100, 200, 400, 800, 1000, 1000, 1000};
  for (std::size_t i = 0; i < ceilings.size(); ++i) {
    EXPECT_LE(longest[i], Millis{ceilings[i]});
    EXPECT_GE(longest[i], Millis{ceilings[i] * 9 / 10}) << "attempt " << i;
  }
}

TEST(Backoff, WaitsAreSpread) {
  std::set<Millis> waits;
  for (std::uint32_t seed = 1; seed <= 100; ++seed) {
    waits.insert(Backoff(Millis{1000}, Millis{1000}, scattered(seed)).next());
  }
  EXPECT_GT(waits.size(), 50U);
}

TEST(Backoff, ASuccessBeginsAnew) {
  Backoff backoff(Millis{10}, Millis{100'000}, 7);
  for (int i = 0; i < 30; ++i) backoff.next();
  backoff.reset();
  EXPECT_LE(backoff.next(), Millis{10});
}

}  // namespace
}  // namespace rollcall::core

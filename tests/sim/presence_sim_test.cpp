#include "sim/presence_world.hpp"
#include "sim/seeds.hpp"

#include <string>

#include <gtest/gtest.h>

namespace rollcall::sim {
namespace {

TEST(PresenceSim, KeepsItsPromisesThroughRandomFaults) {
  const Seeds seeds = Seeds::asked_for(40);
  for (std::uint64_t seed = seeds.first; seed < seeds.first + seeds.count; ++seed) {
    const std::string broken = PresenceWorld(seed).run();
    ASSERT_EQ(broken, "");
  }
}

}  // namespace
}  // namespace rollcall::sim

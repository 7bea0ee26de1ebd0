#include "sim/presence_world.hpp"

#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

namespace rollcall::sim {
namespace {

std::uint64_t number(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// ./dev sim --seed N replays one, --count N runs as many, from 1 on.
TEST(PresenceSim, KeepsItsPromisesThroughRandomFaults) {
  const std::uint64_t first = number("ROLLCALL_SIM_SEED", 1);
  const std::uint64_t count = number("ROLLCALL_SIM_COUNT", 40);
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const std::string broken = PresenceWorld(seed).run();
    ASSERT_EQ(broken, "");
  }
}

}  // namespace
}  // namespace rollcall::sim

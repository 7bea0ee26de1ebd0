#include "service/heartbeat.hpp"

#include "service/test_mesh.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace rollcall::service {
namespace {

struct Paces {
  base::Millis shortest = base::Millis::max();
  base::Millis longest = base::Millis::min();
};

Paces paces_of(base::Millis ttl) {
  QueuedMesh mesh;
  Roster sessions({"sessions", ttl}, 0, mesh, core::MemberHash(1), {nullptr, nullptr});
  Heartbeat heartbeat(sessions, 1);
  Paces paces;
  for (int i = 0; i < 10'000; ++i) {
    const base::Millis pace = heartbeat.next_beat();
    paces.shortest = std::min(paces.shortest, pace);
    paces.longest = std::max(paces.longest, pace);
  }
  return paces;
}

TEST(Heartbeat, TwoBeatsMayBeLost) {
  for (const base::Millis ttl :
       {base::Millis(3'000), base::Millis(30'000), base::Millis(180'000)}) {
    const Paces paces = paces_of(ttl);
    EXPECT_LE(3 * paces.longest, ttl);
    EXPECT_GE(15 * paces.shortest, 4 * ttl);
    EXPECT_GT(paces.longest - paces.shortest, ttl / 20) << "beats are spread";
  }
}

TEST(Heartbeat, AMinuteIsTheLongestPause) {
  const Paces paces = paces_of(std::chrono::hours(24));
  EXPECT_LE(paces.longest, base::Millis(60'000));
  EXPECT_GE(paces.shortest, base::Millis(48'000));
  EXPECT_GT(paces.longest - paces.shortest, base::Millis(10'000));
}

}  // namespace
}  // namespace rollcall::service

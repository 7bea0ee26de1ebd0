#include "transport/http/departures.hpp"

#include "service/test_mesh.hpp"

#include <gtest/gtest.h>

namespace rollcall::http {
namespace {

TEST(Departures, HoldsSoManyAtMost) {
  service::QueuedMesh mesh;
  service::Roster sessions({"sessions", base::Millis(60'000)}, 0, mesh, core::MemberHash(1),
                           {nullptr, nullptr});
  service::Heartbeat heartbeat(sessions, 1);
  const base::ManualClock clock{base::WallTime{}};
  boost::asio::io_context loop;
  Departures departures(heartbeat, clock, loop);
  const core::MemberId session = core::MemberId::parse("ada").value();
  for (std::size_t i = 0; i < Departures::kMostHeld; ++i) {
    ASSERT_TRUE(departures.hold(session)) << i;
  }
  EXPECT_FALSE(departures.hold(session));
}

}  // namespace
}  // namespace rollcall::http

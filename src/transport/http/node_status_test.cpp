#include "transport/http/node_status.hpp"

#include <gtest/gtest.h>

namespace rollcall::http {
namespace {

using State = core::Handover::State;

base::WallTime at(std::int64_t ms) {
  return base::WallTime(base::Millis(1'769'851'800'000 + ms));
}

TEST(NodeStatus, IsToldWhole) {
  NodeStatus status;
  status.node = "one";
  status.version = "0.1.0";
  status.at = at(60'000);
  status.uptime = base::Millis(60'000);
  status.connections = 7;
  status.rosters.push_back({"online_sessions",
                            State::fallback,
                            at(125),
                            core::Answer{42, core::Source::postgres, core::Certainty::at_least},
                            40,
                            {{at(125), State::normal, State::fallback, "refused", 1}}});
  status.redis = {true, false, 3, 2};
  status.postgres = {true, true, 0, 0};
  EXPECT_EQ(
      status_json(status),
      R"({"node":"one","version":"0.1.0","at":"2026-01-31T09:31:00.000Z","uptimeMs":60000,)"
      R"("draining":false,"connections":7,"rosters":[{"roster":"online_sessions",)"
      R"("state":"fallback","since":"2026-01-31T09:30:00.125Z","online":42,)"
      R"("source":"postgres","certainty":"at-least","shadowMembers":40,"history":[)"
      R"({"at":"2026-01-31T09:30:00.125Z","shard":1,"from":"normal","to":"fallback",)"
      R"("reason":"refused"}]}],"redis":{"configured":true,"up":false,"errors":3,"timeouts":2},)"
      R"("postgres":{"configured":true,"up":true,"errors":0,"timeouts":0},"retention":[]})");
}

TEST(NodeStatus, WithoutAnAnswerOrHistoryItSaysSo) {
  NodeStatus status;
  status.node = "a \"node\"";
  status.draining = true;
  status.rosters.resize(2);
  status.rosters[0].history.push_back({at(0), State::local, State::recovering, "back", {}});
  const std::string text = status_json(status);
  EXPECT_NE(text.find(R"("node":"a \"node\"")"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("draining":true)"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("online":null,"source":null,"certainty":null)"), std::string::npos);
  EXPECT_NE(text.find(R"("at":"2026-01-31T09:30:00.000Z","from":"local","to":"recovering")"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find(R"("history":[]})"), std::string::npos) << text;
}

}  // namespace
}  // namespace rollcall::http

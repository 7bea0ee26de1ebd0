#include "app/client/status_report.hpp"

#include <gtest/gtest.h>

namespace rollcall::app {
namespace {

constexpr const char* kCalm = R"({
  "node":"one","version":"0.1.0","at":"2026-01-31T09:31:00.125Z","uptimeMs":93784000,
  "draining":false,"connections":7,
  "rosters":[{"roster":"online_sessions","state":"normal","since":"2026-01-30T07:27:56.000Z",
    "online":42,"source":"redis","certainty":"exact","shadowMembers":21,"history":[]}],
  "redis":{"configured":true,"up":true,"errors":1,"timeouts":2},
  "postgres":{"configured":false,"up":false,"errors":0,"timeouts":0}})";

StatusReport report(std::string json) {
  auto made = report_status(json);
  EXPECT_TRUE(made.ok());
  return made.ok() ? std::move(made).value() : StatusReport{};
}

std::string with(std::string json, std::string_view what, std::string_view instead) {
  const std::size_t at = json.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return json.replace(at, what.size(), instead);
}

TEST(StatusReport, TellsOfACalmNode) {
  const StatusReport told = report(kCalm);
  EXPECT_FALSE(told.degraded);
  EXPECT_EQ(told.text,
            "one: rollcall 0.1.0, up for 1 d 2 h, 7 connections\n"
            "  redis         up (error replies: 1, timeouts: 2)\n"
            "  postgres      not configured\n"
            "\n"
            "online_sessions: normal since 2026-01-30T07:27:56.000Z, 1 d 2 h ago\n"
            "  online        42, from redis\n"
            "  own memory    21 members\n"
            "  history       no changes since the start\n");
}

TEST(StatusReport, TellsOfAnOutageWithItsHistory) {
  const std::string history =
      R"("history":[{"at":"2026-01-31T09:30:30.250Z","shard":1,"from":"normal",)"
      R"("to":"fallback","reason":"the link was cut"},)"
      R"({"at":"2026-01-31T09:30:58.000Z","from":"fallback","to":"local","reason":"late"}])";
  std::string json = with(kCalm, R"("history":[])", history);
  json = with(json, R"("state":"normal")", R"("state":"local")");
  json = with(json, "exact", "at-least");
  const StatusReport told = report(with(json, R"("source":"redis")", R"("source":"local")"));
  EXPECT_TRUE(told.degraded);
  EXPECT_NE(told.text.find("  online        at least 42, from local\n"), std::string::npos);
  EXPECT_NE(told.text.find("  history       2026-01-31T09:30:30.250Z        29 s ago  shard 1, "
                           "normal -> fallback: the link was cut\n"
                           "                2026-01-31T09:30:58.000Z         2 s ago  "
                           "fallback -> local: late\n"),
            std::string::npos)
      << told.text;
}

TEST(StatusReport, WhatIsNotWellIsDegraded) {
  EXPECT_TRUE(report(with(kCalm, R"("state":"normal")", R"("state":"recovering")")).degraded);
  EXPECT_TRUE(report(with(kCalm, R"("up":true)", R"("up":false)")).degraded);
  const StatusReport uncounted = report(with(kCalm, R"("online":42)", R"("online":null)"));
  EXPECT_TRUE(uncounted.degraded);
  EXPECT_NE(uncounted.text.find("unknown: no store answers"), std::string::npos);
}

TEST(StatusReport, WhatIsNoStatusIsRefused) {
  for (const char* text : {"", "[]", "{}", R"({"online":1})", "<html>"}) {
    EXPECT_FALSE(report_status(text).ok()) << text;
  }
  EXPECT_TRUE(report_status(R"({"rosters":[7],"at":3,"redis":[]})").ok());
}

}  // namespace
}  // namespace rollcall::app

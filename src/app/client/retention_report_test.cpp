#include "app/client/retention_report.hpp"

#include "app/client/status_report.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace rollcall::app {
namespace {

constexpr const char* kNow = "2026-01-31T09:31:00.000Z";
constexpr const char* kIdle = R"({"policy":"sessions","table":"app.sessions","state":"idle",
  "running":null,"nextAt":"2026-01-31T10:05:30.000Z","runs":[
    {"at":"2026-01-31T08:30:30.250Z","outcome":"failed","deleted":0,"locked":0,"refused":0,
     "tookMs":12,"error":"connection refused"},
    {"at":"2026-01-31T09:30:30.250Z","outcome":"done","deleted":2604487,"locked":3,"refused":1,
     "tookMs":9120,"error":null}],
  "deleted":2604487,"bytes":1041794800,"failures":1,"backlog":4,"oldestMs":7500000})";

std::string report(std::string_view json) {
  return report_retention(boost::json::parse(json).as_object(), kNow);
}

TEST(RetentionReport, TellsOfAPolicyAndItsRuns) {
  EXPECT_EQ(report(kIdle),
            "retention sessions: idle, table app.sessions, next run in 34 min 30 s\n"
            "  deleted       2604487 rows, about 1.0 GB, since the start\n"
            "  due           4 rows, the oldest of them 2 h 5 min old\n"
            "  runs          2026-01-31T08:30:30.250Z   1 h 0 min ago  failed: 0 rows in 12 ms; "
            "connection refused\n"
            "                2026-01-31T09:30:30.250Z        29 s ago  done: 2604487 rows in 9 s, "
            "3 locked, 1 refused\n");
}

TEST(RetentionReport, TellsOfARunUnderWay) {
  const std::string text = report(
      R"({"policy":"sessions","table":"s","state":"running","nextAt":"2026-01-31T09:30:00.000Z",
      "running":{"way":"backlog","deleted":1200,"due":5000,"elapsedMs":4100,"percent":24,
        "timeLeftMs":12000,"slowedBy":"a replica"},"deleted":1200,"bytes":999,"runs":[]})");
  EXPECT_EQ(text,
            "retention sessions: running, table s\n"
            "  deleted       1200 rows, about 999 B, since the start\n"
            "  due           0 rows\n"
            "  now           backlog: 1200 of about 5000 rows in 4 s, 24 %, about 12 s left, "
            "slowed by a replica\n"
            "  runs          none since the start\n");
}

TEST(RetentionReport, ShowsTheLatestRuns) {
  std::string json = R"({"policy":"p","runs":[)";
  for (int i = 0; i < 9; ++i) {
    json += (i == 0 ? "" : ",") + (R"({"outcome":"done","deleted":)" + std::to_string(i) + "}");
  }
  const std::string text = report(json + "]}");
  EXPECT_EQ(text.find("done: 3 rows"), std::string::npos) << text;
  EXPECT_NE(text.find("  runs          unknown"), std::string::npos) << text;
  EXPECT_LT(text.find("done: 4 rows"), text.find("done: 8 rows"));
}

TEST(RetentionReport, APolicyThatFailsDegradesTheNode) {
  const auto status = [](std::string_view state) {
    return report_status(R"({"rosters":[],"retention":[{"policy":"p","state":")" +
                         std::string(state) + "\"}]}");
  };
  EXPECT_FALSE(status("idle").value().degraded);
  EXPECT_TRUE(status("failing").value().degraded);
  EXPECT_NE(status("idle").value().text.find("\n\nretention p: idle"), std::string::npos);
}

}  // namespace
}  // namespace rollcall::app

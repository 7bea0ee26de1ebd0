#include "app/bench/summary.hpp"

#include <gtest/gtest.h>

namespace rollcall::bench {
namespace {

Summary summary() {
  Summary made{"heartbeats", "http://127.0.0.1:8085", "2 connections", Micros(2'000'000)};
  made.figures = {{"beats", 3000, true}, {"beats missed", 7}};
  Histogram latency;
  for (const int us : {400, 1'500, 25'000, 130'000}) latency.add(Micros(us));
  made.latencies = {{"latency", latency}, {"welcome latency", {}}};
  return made;
}

TEST(BenchSummary, IsPlainForPeople) {
  EXPECT_EQ(summary_text(summary()),
            "heartbeats, http://127.0.0.1:8085: 2 connections\n"
            "  beats             3,000 in 2.0 s, 1,500 a second\n"
            "  beats missed      7\n"
            "  latency           p50 1.50 ms, p90 130 ms, p99 130 ms, p99.9 130 ms, max 130 ms\n"
            "  errors            none\n");
  Summary broken = summary();
  broken.errors = {{"503 overloaded", 1200}, {"no answer in time", 2}};
  broken.remarks = {"It fell behind."};
  const std::string text = summary_text(broken);
  EXPECT_NE(text.find("  errors            1,200 x 503 overloaded\n"
                      "                    2 x no answer in time\nIt fell behind.\n"),
            std::string::npos)
      << text;
}

TEST(BenchSummary, IsOneObjectForPrograms) {
  Summary broken = summary();
  broken.errors = {{"503 overloaded", 1}};
  const std::string json = summary_json(broken);
  EXPECT_NE(json.find(R"("beats":3000,"beatsPerSecond":1.5E3,"beatsMissed":7)"), std::string::npos)
      << json;
  EXPECT_NE(json.find(R"("errors":{"503 overloaded":1}})"), std::string::npos) << json;
  EXPECT_NE(json.find(R"("welcomeLatencyMs":{"count":0)"), std::string::npos) << json;
}

}  // namespace
}  // namespace rollcall::bench

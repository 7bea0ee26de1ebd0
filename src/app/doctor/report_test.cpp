#include "app/doctor/report.hpp"

#include <gtest/gtest.h>

namespace rollcall::app {
namespace {

TEST(DoctorReport, IsALineAFindingWithItsMend) {
  const std::vector<Finding> findings{
      {"redis", "eviction", Severity::problem, "it evicts", "let it not"},
      {"machine", "files", Severity::ok, "enough"}};
  EXPECT_EQ(report_text(findings) + summary_text(findings),
            "redis\n  problem  eviction: it evicts\n           -> let it not\n"
            "\nmachine\n  ok       files: enough\n"
            "\n2 things looked at: 1 problem, 0 warnings, 0 notes\n");
  EXPECT_EQ(report_json(findings),
            R"({"findings":[{"area":"redis","check":"eviction","severity":"problem",)"
            R"("what":"it evicts","mend":"let it not"},{"area":"machine","check":"files",)"
            R"("severity":"ok","what":"enough","mend":null}],)"
            R"("problems":1,"warnings":0,"notes":0})"
            "\n");
}

TEST(DoctorReport, WhatIsFoundTwiceIsToldOnce) {
  Findings findings("retention");
  findings.ok("table sessions", "its shape is right");
  findings.warning("table sessions", "autovacuum is off", "switch it on");
  findings.ok("table sessions", "its shape is right");
  EXPECT_EQ(findings.all().size(), 2U);
}

TEST(DoctorReport, StandsInLineThoughAFindingHasSeveral) {
  Findings findings("retention");
  findings.problem("old", "may not read\nmay not delete", "grant it");
  EXPECT_EQ(report_text(findings.all()) + summary_text(findings.all()),
            "retention\n"
            "  problem  old: may not read\n"
            "           may not delete\n"
            "           -> grant it\n"
            "\n1 thing looked at: 1 problem, 0 warnings, 0 notes\n");
}

}  // namespace
}  // namespace rollcall::app

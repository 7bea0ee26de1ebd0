#include "app/doctor/report.hpp"

#include <gtest/gtest.h>

namespace rollcall::app {
namespace {

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
  EXPECT_EQ(report_text(findings.all()),
            "retention\n"
            "  problem  old: may not read\n"
            "           may not delete\n"
            "           -> grant it\n"
            "\n1 thing looked at: 1 problem, 0 warnings, 0 notes\n");
}

}  // namespace
}  // namespace rollcall::app

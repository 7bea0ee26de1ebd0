#include "app/doctor/node_judgement.hpp"

#include "app/doctor/machine_judgement.hpp"
#include "app/doctor/report.hpp"

#include <gtest/gtest.h>

namespace rollcall::app {
namespace {

constexpr const char* kCalm =
    R"({"node":"one","version":")" ROLLCALL_VERSION
    R"(","rosters":[{"roster":"online_sessions","state":"normal","online":1}]})";

Answer answer(int status, std::string body) {
  return {Fetched{.status = status, .body = std::move(body)}};
}

NodeAnswers healthy() {
  return {"http://127.0.0.1:8085", answer(200, R"({"status":"ready","degraded":[],"rosters":{}})"),
          answer(200, kCalm)};
}

Severity worst(const NodeAnswers& node) {
  Findings findings("server");
  judge(node, findings);
  return worst_of(findings.all());
}

TEST(NodeJudgement, TellsAHealthyNodeFromOthers) {
  EXPECT_EQ(worst(healthy()), Severity::ok);
  NodeAnswers node = healthy();
  node.ready = {std::nullopt, "connection refused"};
  EXPECT_EQ(worst(node), Severity::problem);
  node = healthy();
  node.ready = answer(503, R"({"error":{"code":"draining","message":"m"}})");
  EXPECT_EQ(worst(node), Severity::warning);
  node.ready = answer(503, R"({"error":{"code":"wedged","message":"m"}})");
  EXPECT_EQ(worst(node), Severity::problem);
  node.ready = answer(200, R"({"status":"ready","degraded":["redis"],"rosters":{}})");
  EXPECT_EQ(worst(node), Severity::problem);
  node.ready = answer(200, "<html>");
  node.status = answer(200, "<html>");
  EXPECT_EQ(worst(node), Severity::note);
}

TEST(NodeJudgement, RostersThatAreNotNormalAreNamed) {
  NodeAnswers node = healthy();
  std::string& body = node.status.got->body;
  body.replace(body.find("normal"), 6, "fallback");
  Findings findings("server");
  judge(node, findings);
  ASSERT_EQ(worst_of(findings.all()), Severity::warning);
  EXPECT_EQ(findings.all().back().what, "online_sessions is fallback");
}

TEST(MachineJudgement, TheRunningServersLimitCounts) {
  Config config;
  config.limits.connections = 1000;
  const auto worst = [&](const MachineFacts& machine) {
    Findings findings("machine");
    judge(machine, config, findings);
    return worst_of(findings.all());
  };
  EXPECT_EQ(worst({1256, 100, true}), Severity::ok);
  EXPECT_EQ(worst({1255, 1'000'000, true}), Severity::warning);
  EXPECT_EQ(worst({std::nullopt, 1000, true}), Severity::warning);
  EXPECT_EQ(worst({std::nullopt, 2000, false}), Severity::note);
  EXPECT_EQ(worst({}), Severity::ok);
}

}  // namespace
}  // namespace rollcall::app

#include "app/doctor/postgres_judgement.hpp"

#include "app/doctor/report.hpp"

#include <gtest/gtest.h>

namespace rollcall::app {
namespace {

using postgres::ServerState;
using postgres::TableState;

ServerState healthy() {
  ServerState server;
  server.version = "15.18";
  server.user = "app";
  server.schema_version = server.newest_schema_version = 2;
  server.connections = 5;
  server.max_connections = 100;
  return server;
}

TableState table() {
  TableState state;
  state.name = "active_sessions";
  state.is_there = true;
  state.fillfactor = 50;
  return state;
}

Finding found(const ServerState& server, std::string_view check, bool makes_tables = true) {
  Findings findings("postgres");
  judge(server, makes_tables, findings);
  for (const Finding& finding : findings.all()) {
    if (finding.check == check) return finding;
  }
  return {"", "", Severity::ok, "nothing"};
}

std::vector<Finding> judged(const TableState& state, TableRole role) {
  Findings findings("postgres");
  judge(state, role, "last_activity", findings);
  return findings.all();
}

TEST(PostgresJudgement, FindsNothingWrongWithAHealthyOne) {
  Findings findings("postgres");
  judge(healthy(), true, findings);
  for (const TableRole role : {TableRole::own, TableRole::sessions, TableRole::retained}) {
    judge(table(), role, "last_activity", findings);
  }
  EXPECT_EQ(worst_of(findings.all()), Severity::ok) << report_text(findings.all());
}

TEST(PostgresJudgement, AReplicaOrAReadOnlyRoleIsAProblem) {
  ServerState server = healthy();
  server.is_replica = true;
  EXPECT_EQ(found(server, "role").severity, Severity::problem);
  server = healthy();
  server.is_read_only = true;
  EXPECT_EQ(found(server, "role").severity, Severity::problem);
}

TEST(PostgresJudgement, MissingTablesMatterMostWhereNobodyMakesThem) {
  ServerState server = healthy();
  server.schema_version = 0;
  EXPECT_EQ(found(server, "tables", true).severity, Severity::warning);
  EXPECT_EQ(found(server, "tables", false).severity, Severity::problem);
  server.schema_version = 3;
  EXPECT_EQ(found(server, "tables", false).severity, Severity::note);
  server.schema_version.reset();
  EXPECT_EQ(found(server, "tables").mend, "GRANT SELECT ON rollcall_schema TO app");
}

TEST(PostgresJudgement, TellsWhatKeepsDeadRows) {
  ServerState server = healthy();
  server.oldest_transaction = std::chrono::minutes(42);
  const Finding old = found(server, "transactions");
  EXPECT_EQ(old.severity, Severity::warning);
  EXPECT_NE(old.what.find("42 min"), std::string::npos);
  server = healthy();
  server.prepared_transactions = 1;
  EXPECT_EQ(found(server, "transactions").severity, Severity::warning);
  server.autovacuum = false;
  EXPECT_EQ(found(server, "autovacuum").severity, Severity::warning);
  TableState dead = table();
  dead.live_rows = 20'000;
  dead.dead_rows = 19'000;
  EXPECT_EQ(worst_of(judged(dead, TableRole::retained)), Severity::ok);
  dead.dead_rows = 21'000;
  EXPECT_EQ(worst_of(judged(dead, TableRole::retained)), Severity::warning);
}

TEST(PostgresJudgement, NearlyAllConnectionsAreAWarning) {
  ServerState server = healthy();
  server.connections = 95;
  EXPECT_EQ(found(server, "connections").severity, Severity::warning);
}

TEST(PostgresJudgement, AnIndexOnTheTimeEndsHotUpdatesWhereBeatsWrite) {
  TableState state = table();
  state.time_indexes = "by_activity";
  state.is_served_by_an_index = true;
  const auto findings = judged(state, TableRole::sessions);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_TRUE(findings[0].mend.starts_with("DROP INDEX CONCURRENTLY by_activity, unless "));
  state.time_indexes = "by_activity, by_both";
  EXPECT_TRUE(judged(state, TableRole::sessions)[0].mend.starts_with(
      "DROP INDEX CONCURRENTLY by_activity; DROP INDEX CONCURRENTLY by_both, unless "));
  state.time_indexes = "by_activity";
  EXPECT_EQ(worst_of(judged(state, TableRole::retained)), Severity::ok);
}

TEST(PostgresJudgement, LooksAtHowUpdatesWentOnceThereAreEnough) {
  TableState state = table();
  state.updates = 5'000;
  EXPECT_EQ(worst_of(judged(state, TableRole::own)), Severity::ok);
  state.updates = 50'000;
  state.hot_updates = 10'000;
  EXPECT_EQ(worst_of(judged(state, TableRole::own)), Severity::warning);
  state.hot_updates = 40'000;
  EXPECT_EQ(worst_of(judged(state, TableRole::own)), Severity::ok);
  state.fillfactor = 100;
  EXPECT_EQ(worst_of(judged(state, TableRole::sessions)), Severity::note);
}

TEST(PostgresJudgement, WhatIsNotThereOrNotAllowedIsAProblem) {
  TableState state = table();
  state.may_write = false;
  EXPECT_EQ(worst_of(judged(state, TableRole::sessions)), Severity::problem);
  state.is_there = false;
  for (const TableRole role : {TableRole::own, TableRole::sessions, TableRole::retained}) {
    const auto findings = judged(state, role);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].severity, Severity::problem);
    EXPECT_FALSE(findings[0].mend.empty());
  }
}

TEST(PostgresJudgement, ALargeTableWithoutAnIndexIsWorthANote) {
  TableState state = table();
  state.live_rows = 2'000'000;
  EXPECT_EQ(worst_of(judged(state, TableRole::retained)), Severity::note);
  state.is_served_by_an_index = true;
  EXPECT_EQ(worst_of(judged(state, TableRole::retained)), Severity::ok);
}

}  // namespace
}  // namespace rollcall::app

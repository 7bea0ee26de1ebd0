#include "adapters/postgres/migrations.hpp"
#include "support/postgres_server.hpp"

#include <array>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace rollcall::postgres {
namespace {

class PostgresMigrations : public testing::Test {
 protected:
  static const support::PostgresServer& server() {
    static const support::PostgresServer running;
    return running;
  }

  // A database of the test's own.
  static std::string make_database(const std::string& options = "") {
    static int number = 0;
    const std::string name = "migrations_" + std::to_string(++number);
    server().query("CREATE DATABASE " + name + " " + options);
    return name;
  }

  static void expect_no_password(const base::Error& error) {
    EXPECT_EQ(error.message.find(support::PostgresServer::kPassword), std::string::npos)
        << error.message;
  }
};

TEST_F(PostgresMigrations, TheSecondRunFindsNothingToDo) {
  const std::string database = make_database();
  const auto first = migrate(server().url(database));
  ASSERT_TRUE(first.ok()) << first.error().message;
  EXPECT_EQ(first.value().from, 0);
  EXPECT_EQ(first.value().to, 2);
  EXPECT_EQ(first.value().applied.size(), 2U);
  const auto second = migrate(server().url(database));
  ASSERT_TRUE(second.ok()) << second.error().message;
  EXPECT_EQ(second.value().from, 2);
  EXPECT_EQ(second.value().to, 2);
  EXPECT_TRUE(second.value().applied.empty());
}

TEST_F(PostgresMigrations, ManyAtOnceDoItOnce) {
  const std::string url = server().url(make_database());
  std::array<std::vector<std::string_view>, 8> applied;
  std::array<std::string, 8> failures;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < applied.size(); ++i) {
    threads.emplace_back([&, i] {
      const auto report = migrate(url);
      if (report.ok()) {
        applied[i] = report.value().applied;
      } else {
        failures[i] = report.error().message;
      }
    });
  }
  std::size_t runs_that_applied = 0;
  for (std::size_t i = 0; i < applied.size(); ++i) {
    threads[i].join();
    EXPECT_EQ(failures[i], "");
    if (!applied[i].empty()) ++runs_that_applied;
  }
  EXPECT_EQ(runs_that_applied, 1U);
}

TEST_F(PostgresMigrations, AnUpdateOfABeatTouchesNoIndex) {
  const std::string database = make_database();
  ASSERT_TRUE(migrate(server().url(database)).ok());
  EXPECT_EQ(server().query("SELECT count(*) FROM pg_index i, pg_attribute a"
                           " WHERE i.indrelid = 'rollcall_members'::regclass"
                           " AND a.attrelid = i.indexrelid"
                           " AND a.attname NOT IN ('roster', 'member')",
                           database),
            "0");
}

TEST_F(PostgresMigrations, AWrongPasswordIsToldWithoutIt) {
  const auto report = migrate(server().url_as("rollcall", "not-hunter2-of-rollcall"));
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().kind, base::Errc::unavailable);
  EXPECT_NE(report.error().message.find("password authentication failed"), std::string::npos)
      << report.error().message;
  expect_no_password(report.error());
}

TEST_F(PostgresMigrations, NoServerIsTold) {
  const auto report = migrate("postgresql://rollcall:hunter2-of-rollcall@127.0.0.1:1/postgres");
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().kind, base::Errc::unavailable);
  EXPECT_NE(report.error().message.find("127.0.0.1"), std::string::npos);
  expect_no_password(report.error());
}

TEST_F(PostgresMigrations, AUrlThatIsNoneIsRefused) {
  const auto report = migrate("hunter2-of-rollcall");
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().kind, base::Errc::invalid_argument);
  expect_no_password(report.error());
}

TEST_F(PostgresMigrations, ARoleThatMayNotCreateIsToldWhatToDo) {
  const std::string database = make_database();
  const std::string& role = database;
  server().query("CREATE ROLE " + role + " LOGIN PASSWORD 'plain'");
  server().query("REVOKE CREATE ON SCHEMA public FROM PUBLIC", database);
  const auto refused = migrate(server().url_as(role, "plain", database));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, base::Errc::forbidden);
  EXPECT_NE(refused.error().message.find("rollcall migrate"), std::string::npos);

  ASSERT_TRUE(migrate(server().url(database)).ok());
  server().query("GRANT SELECT ON rollcall_schema TO " + role, database);
  const auto report = migrate(server().url_as(role, "plain", database));
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_TRUE(report.value().applied.empty());
}

TEST_F(PostgresMigrations, ADatabaseThatHoldsNoUnicodeIsRefused) {
  const std::string database = make_database("ENCODING 'LATIN1' TEMPLATE template0");
  const auto report = migrate(server().url(database));
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code, "postgres_encoding");
  EXPECT_NE(report.error().message.find("LATIN1"), std::string::npos);
}

}  // namespace
}  // namespace rollcall::postgres

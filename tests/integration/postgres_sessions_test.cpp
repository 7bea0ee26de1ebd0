#include "adapters/postgres/migrations.hpp"
#include "adapters/postgres/roster_store.hpp"
#include "adapters/postgres/sessions_check.hpp"
#include "support/postgres_node.hpp"
#include "support/postgres_server.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace rollcall::postgres {
namespace {

using std::chrono::seconds;
using support::PostgresNode;
using support::PostgresServer;

constexpr base::Millis kTtl = std::chrono::minutes(15);

// The server's own zone is neither UTC nor the one that is configured.
class PostgresSessions : public testing::TestWithParam<const char*> {
 protected:
  static PostgresServer& server() {
    static PostgresServer running;
    static const auto migrated = migrate(running.url());
    EXPECT_TRUE(migrated.ok()) << migrated.error().message;
    return running;
  }

  PostgresSessions() {
    static int number = 0;
    const std::string schema = "App " + std::to_string(++number);
    roster = "sessions-" + std::to_string(number);
    table = '"' + schema + "\".\"Active \"\"Sessions\"\"\"";
    server().query("CREATE SCHEMA \"" + schema + '"');
    server().query("CREATE TABLE " + table + " (session_id text PRIMARY KEY, last_activity " +
                   type() + " NOT NULL DEFAULT now(), note text DEFAULT 'none')");
    server().query("CREATE INDEX ON " + table + " (last_activity)");
    node = make_node();
  }

  static std::string type() { return GetParam(); }
  static std::string in_zone(const std::string& time) {
    return type() == "timestamp" ? "(" + time + ") AT TIME ZONE 'America/Caracas'" : time;
  }

  std::unique_ptr<PostgresNode> make_node(base::Millis count_every = std::chrono::hours(1)) const {
    LinkOptions link;
    link.url = server().url();
    link.timeout = seconds(5);
    link.time_zone = "America/Caracas";
    PostgresRosterOptions options{roster, kTtl};
    options.sessions_table = table;
    options.count_every = count_every;
    return std::make_unique<PostgresNode>(link, options);
  }

  static std::uint64_t online(const base::Result<core::Answer>& answer) {
    if (answer.ok()) return answer.value().online;
    ADD_FAILURE() << answer.error().message;
    return 0;
  }

  void insert(const std::string& id, const std::string& age) const {
    server().query("INSERT INTO " + table + " VALUES ('" + id + "', " +
                   in_zone("now() - interval '" + age + "'") + ", 'theirs')");
  }

  std::string age_of(const std::string& id) const {
    return server().query("SELECT extract(epoch FROM " + in_zone("now()") +
                          " - last_activity) FROM " + table + " WHERE session_id = '" + id + "'");
  }

  base::Status merge(std::vector<core::Change> changes,
                     std::optional<base::Millis> reset_age = {}) {
    return node->wait<base::Done>([&](auto reply) {
      node->store().merge({std::move(changes), reset_age}, std::move(reply));
    });
  }

  static core::Change change(const std::string& member, bool leave, base::Millis age) {
    return {core::MemberId::parse(member).value(), leave, age};
  }

  std::vector<core::Change> pass(std::string& mark) {
    std::vector<core::Change> found;
    std::string cursor;
    do {
      auto page = node->wait<ports::ChangesPage>(
          [&](auto reply) { node->store().changes(mark, cursor, std::move(reply)); });
      if (!page.ok()) {
        ADD_FAILURE() << page.error().message;
        return found;
      }
      for (core::Change& change : page.value().changes) found.push_back(std::move(change));
      cursor = page.value().next;
      if (cursor.empty()) mark = page.value().mark;
    } while (!cursor.empty());
    return found;
  }

  std::string table;
  std::string roster;
  std::unique_ptr<PostgresNode> node;
};

TEST_P(PostgresSessions, WhatTheOtherProgramWroteCounts) {
  insert("ada", "5 min");
  insert("old", "16 min");
  EXPECT_EQ(online(node->count()), 1U);
  EXPECT_EQ(online(node->touch("ada")), 1U) << "it was counted already";
  EXPECT_EQ(online(node->touch("old")), 2U) << "it came back";
  EXPECT_EQ(online(node->touch("bob")), 3U);
  EXPECT_EQ(server().query("SELECT string_agg(note, ' ' ORDER BY session_id) FROM " + table),
            "theirs none theirs");
  EXPECT_LT(std::stod(age_of("ada")), 5.0);
  EXPECT_GT(std::stod(age_of("bob")), -5.0);
  EXPECT_LT(std::stod(age_of("bob")), 5.0);
}

TEST_P(PostgresSessions, ALeaveDeletesTheRowAndIsRemembered) {
  EXPECT_EQ(online(node->touch("ada")), 1U);
  EXPECT_EQ(online(node->touch("bob")), 2U);
  EXPECT_EQ(online(node->leave("ada")), 1U);
  EXPECT_EQ(age_of("ada"), "");
  EXPECT_EQ(online(node->touch("ada", seconds(20))), 1U) << "an older touch brings nobody back";
  EXPECT_EQ(age_of("ada"), "");
  insert("ada", "1 min");
  EXPECT_EQ(online(make_node()->count()), 1U) << "nor does one that comes by another way";
  EXPECT_EQ(online(node->touch("ada")), 2U);
  EXPECT_EQ(online(make_node()->count()), 2U);
  EXPECT_EQ(online(node->leave("nobody")), 2U);
}

TEST_P(PostgresSessions, AnOlderLeaveUndoesNothing) {
  EXPECT_EQ(online(node->touch("ada")), 1U);
  ASSERT_TRUE(merge({change("ada", true, seconds(30))}).ok());
  EXPECT_EQ(online(node->count()), 1U);
  EXPECT_EQ(online(make_node()->count()), 1U);
  EXPECT_NE(age_of("ada"), "");
  ASSERT_TRUE(merge({change("bob", false, seconds(10)), change("eve", true, seconds(5))}).ok());
  EXPECT_EQ(online(node->count()), 2U);
  EXPECT_GE(std::stod(age_of("bob")), 10.0);
}

TEST_P(PostgresSessions, WhoArrivedAtAnotherNodeIsCountedHereAtOnce) {
  const auto there = make_node();
  EXPECT_EQ(online(node->count()), 0U);
  EXPECT_EQ(online(there->touch("ada")), 1U);
  EXPECT_EQ(online(node->touch("ada")), 1U);
  EXPECT_EQ(online(node->touch("ada")), 1U);
  EXPECT_EQ(online(node->leave("ada")), 0U);
  EXPECT_EQ(online(node->leave("ada")), 0U);
}

TEST_P(PostgresSessions, AreFoundAndListedAndReset) {
  for (const char* id : {"b", "B", "a", "ä"}) EXPECT_GT(online(node->touch(id)), 0U);
  insert("old", "16 min");
  const auto page = node->wait<ports::MemberPage>(
      [&](auto reply) { node->store().list("", 3, std::move(reply)); });
  ASSERT_TRUE(page.ok()) << page.error().message;
  ASSERT_EQ(page.value().members.size(), 3U);
  EXPECT_EQ(page.value().members[0].text(), "B");
  const auto rest = node->wait<ports::MemberPage>(
      [&](auto reply) { node->store().list(page.value().next, 3, std::move(reply)); });
  ASSERT_TRUE(rest.ok());
  ASSERT_EQ(rest.value().members.size(), 1U);
  using Sightings = std::vector<std::optional<ports::Sighting>>;
  const auto found = node->wait<Sightings>([&](auto reply) {
    node->store().is_live(
        {core::MemberId::parse("a").value(), core::MemberId::parse("old").value()},
        std::move(reply));
  });
  ASSERT_TRUE(found.ok()) << found.error().message;
  ASSERT_TRUE(found.value()[0]);
  EXPECT_LT(found.value()[0]->age, seconds(5));
  EXPECT_FALSE(found.value()[1]);
  ASSERT_TRUE(node->wait<base::Done>([&](auto reply) { node->store().reset(reply); }).ok());
  EXPECT_EQ(online(node->count()), 0U);
  EXPECT_EQ(online(make_node()->count()), 0U);
  EXPECT_EQ(online(node->touch("a")), 1U);
}

TEST_P(PostgresSessions, BothKindsOfChangesAreTold) {
  EXPECT_EQ(online(node->touch("ada")), 1U);
  EXPECT_EQ(online(node->touch("bob")), 2U);
  EXPECT_EQ(online(node->leave("bob")), 1U);
  std::string mark;
  const auto first = pass(mark);
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[0].member.text(), "ada");
  EXPECT_FALSE(first[0].leave);
  EXPECT_LT(first[0].age, seconds(5));
  EXPECT_EQ(first[1].member.text(), "bob");
  EXPECT_TRUE(first[1].leave);
  EXPECT_TRUE(pass(mark).empty());
  insert("eve", "2 min");
  const auto second = pass(mark);
  ASSERT_EQ(second.size(), 1U);
  EXPECT_GE(second[0].age, seconds(120));
  EXPECT_LT(second[0].age, seconds(125));
}

TEST_P(PostgresSessions, AreProbed) {
  EXPECT_TRUE(node->wait<base::Done>([&](auto reply) { node->store().probe(reply); }).ok());
  server().query("DROP TABLE " + table);
  EXPECT_FALSE(node->wait<base::Done>([&](auto reply) { node->store().probe(reply); }).ok());
}

TEST_P(PostgresSessions, ManyNodesNeverDeadlock) {
  constexpr std::size_t kNodes = 8;
  std::vector<std::size_t> written(kNodes);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kNodes; ++i) {
    threads.emplace_back([&, i] {
      const auto own = make_node(seconds(1));
      written[i] = own->change_in_any_order(static_cast<std::uint32_t>(i), 10, 100, 3);
    });
  }
  for (auto& thread : threads) thread.join();
  for (const std::size_t count : written) EXPECT_EQ(count, 1000U);
  EXPECT_EQ(server().log().find("deadlock detected"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Of, PostgresSessions, testing::Values("timestamp", "timestamptz"));

class PostgresSessionsCheck : public testing::Test {
 protected:
  static std::string refusal(const std::string& columns, const std::string& zone = "UTC") {
    static const PostgresServer server;
    server.query("SET client_min_messages = warning; DROP TABLE IF EXISTS s");
    if (!columns.empty()) server.query("CREATE TABLE s (" + columns + ")");
    const base::Status status = check_sessions_table(server.url(), "s", zone);
    if (status.ok()) return "";
    EXPECT_EQ(status.error().kind, base::Errc::invalid_argument);
    return status.error().message;
  }
};

TEST_F(PostgresSessionsCheck, TellsWhatIsWrong) {
  EXPECT_EQ(refusal("session_id text PRIMARY KEY, last_activity timestamp NOT NULL"), "");
  EXPECT_EQ(refusal("session_id varchar(128) UNIQUE, last_activity timestamptz, x int"), "");
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"", "does not exist"},
      {"session text", "has no column session_id"},
      {"session_id uuid PRIMARY KEY, last_activity timestamp", "of type uuid"},
      {"session_id varchar(40) PRIMARY KEY, last_activity timestamp", "varying(40)"},
      {"session_id text PRIMARY KEY", "has no column last_activity"},
      {"session_id text PRIMARY KEY, last_activity bigint", "of type bigint"},
      {"session_id text, last_activity timestamp", "unique index"},
      {"session_id text, x int, last_activity timestamp, UNIQUE (session_id, x)", "unique index"},
      {"session_id text PRIMARY KEY, last_activity timestamp, who int NOT NULL",
       "needs a default for who"}};
  for (const auto& [columns, words] : wrong) {
    const std::string message = refusal(columns);
    EXPECT_NE(message.find(words), std::string::npos) << columns << ": " << message;
  }
  EXPECT_NE(refusal("session_id text PRIMARY KEY, last_activity timestamp", "Atlantis")
                .find("knows no zone Atlantis"),
            std::string::npos);
}

}  // namespace
}  // namespace rollcall::postgres

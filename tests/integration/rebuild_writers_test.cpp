#include "adapters/postgres/libpq.hpp"
#include "rebuild_fixture.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <map>
#include <random>
#include <stop_token>
#include <thread>
#include <vector>

#include <fmt/format.h>

namespace rollcall::postgres {
namespace {

// A program's process, which knows what it has committed.
class Writer {
 public:
  Writer(const std::string& url, int number)
      : connection_(PQconnectdb(url.c_str())), random_(static_cast<std::uint32_t>(number)) {
    prefix_ = "w" + std::to_string(number) + '-';
  }

  void work(const std::stop_token& stop) {
    while (!stop.stop_requested() && !has_failed_) {
      act();
      ++acts_;
    }
  }

  int acts() const { return acts_; }
  bool has_failed() const { return has_failed_; }

  // Once it does not work any more.
  const std::string& failure() const { return failure_; }
  const std::map<std::string, std::string>& live() const { return live_; }

 private:
  void act() {
    const std::string id = prefix_ + std::to_string(++next_);
    const auto any = live_.begin();
    switch (live_.size() < 20 ? 0 : random_() % 5) {
      case 0:
        run(fmt::format("INSERT INTO s VALUES ('{0}', 'of {0}', now() + interval '1 h')", id));
        live_[id] = "of " + id;
        return;
      case 1:
        run(fmt::format("UPDATE s SET data = '{}' WHERE id = '{}'", id, any->first));
        any->second = id;
        return;
      case 2: {
        run(fmt::format("UPDATE s SET id = '{}' WHERE id = '{}'", id, any->first));
        auto node = live_.extract(any);
        node.key() = id;
        live_.insert(std::move(node));
        return;
      }
      case 3:
        run(fmt::format("DELETE FROM s WHERE id = '{}'", any->first));
        break;
      default:
        run(fmt::format("UPDATE s SET expires_at = now() WHERE id = '{}'", any->first));
    }
    live_.erase(any);
  }

  // Each touches one row, whatever a rebuild does meanwhile.
  void run(const std::string& sql) {
    const ResultPtr result(PQexec(connection_.get(), sql.c_str()));
    if (std::string_view(PQcmdTuples(result.get())) != "1") {
      failure_ = sql + ": " + PQresultErrorMessage(result.get());
      has_failed_ = true;
    }
  }

  ConnectionPtr connection_;
  std::minstd_rand random_;
  std::string prefix_;
  int next_ = 0;
  std::map<std::string, std::string> live_;
  std::string failure_;
  std::atomic<int> acts_ = 0;
  std::atomic<bool> has_failed_ = false;
};

class RebuildWriters : public RebuildFixture {
 protected:
  void make_table() const {
    query(
        "CREATE TABLE s (id text PRIMARY KEY, data text, expires_at timestamptz);"
        "CREATE INDEX ON s (expires_at); ALTER TABLE s OWNER TO owner;"
        "GRANT SELECT, INSERT, UPDATE, DELETE ON s TO writer;"
        "INSERT INTO s SELECT 'old-' || i, repeat('x', 200), 'epoch'"
        " FROM generate_series(1, 3000) AS i");
  }

  base::Result<RebuildReport> rebuild_s(const OnProgress& on_progress) const {
    return rebuild_table(policy_of("s"), {}, on_progress);
  }
};

TEST_F(RebuildWriters, NothingThatIsCommittedMeanwhileIsLost) {
  make_table();
  std::vector<std::unique_ptr<Writer>> writers;
  for (int i = 0; i < 4; ++i) writers.push_back(std::make_unique<Writer>(url_as("writer"), i));
  std::vector<std::jthread> threads;
  for (const auto& writer : writers) {
    threads.emplace_back([&writer](const std::stop_token& stop) { writer->work(stop); });
  }
  // At each step the others go on for a while.
  const OnProgress let_them_work = [&](const RebuildProgress&) {
    for (const auto& writer : writers) {
      const int enough = writer->acts() + 25;
      while (writer->acts() < enough && !writer->has_failed()) std::this_thread::yield();
    }
  };
  std::uint64_t changes = 0;
  for (int i = 0; i < 3; ++i) {
    const auto report = rebuild_s(let_them_work);
    ASSERT_TRUE(report.ok()) << report.error().message;
    changes += report.value().changes;
  }
  threads.clear();
  EXPECT_GE(changes, 100U);
  std::map<std::string, std::string> expected;
  for (const auto& writer : writers) {
    EXPECT_EQ(writer->failure(), "");
    expected.insert(writer->live().begin(), writer->live().end());
  }
  std::string ledger;
  for (const auto& [id, data] : expected) ledger += fmt::format("{}={}\n", id, data);
  EXPECT_EQ(query("SELECT string_agg(id || '=' || data || E'\\n', '' ORDER BY id COLLATE \"C\")"
                  " FROM s WHERE expires_at > now()"),
            ledger);
  EXPECT_EQ(query("SELECT count(*) FROM s WHERE id LIKE 'old%'"), "0");
  EXPECT_EQ(remains(), "");
}

constexpr std::array kSteps = {"copies survivors", "catches up", "waits for the lock"};

TEST_F(RebuildWriters, ALoginThatBindsAUserToADueRowKeepsIt) {
  make_user_sessions(500, 10);
  for (const char* step : kSteps) {
    const std::string id =
        query("SELECT id FROM \"UserSession\" WHERE " + std::string(kDue) + " LIMIT 1");
    query(
        "INSERT INTO \"UserSession\" SELECT gen_random_uuid(), \"createdAt\", \"updatedAt\","
        " NULL, data, \"expiresAt\" FROM \"UserSession\" WHERE id = '" +
        id + "'");
    const auto report = rebuild(at(step, [&] {
      query("UPDATE \"UserSession\" SET data = '{}'");
      query(
          "UPDATE \"UserSession\" SET \"userId\" = (SELECT id FROM \"User\" LIMIT 1)"
          " WHERE id = '" +
          id + "'");
    }));
    ASSERT_TRUE(report.ok()) << report.error().message;
    EXPECT_EQ(query("SELECT count(*) FROM \"UserSession\" WHERE id = '" + id + "'"), "1") << step;
    EXPECT_EQ(query("SELECT count(*) FROM \"UserSession\" WHERE " + std::string(kDue)), "0");
    query(
        "INSERT INTO \"UserSession\" (id, \"createdAt\", \"expiresAt\")"
        " VALUES (gen_random_uuid(), '2020-01-01', '2999-01-01')");
  }
}

TEST_F(RebuildWriters, ATableThatIsEmptiedMeanwhileHoldsWhatCameLater) {
  make_table();
  query("INSERT INTO s SELECT 'new-' || i, '', NULL FROM generate_series(1, 100) AS i");
  query("CREATE DOMAIN filled AS text NOT NULL; ALTER TABLE s ALTER COLUMN id TYPE filled");
  int number = 0;
  for (const char* step : kSteps) {
    const std::string id = "after-" + std::to_string(++number);
    const auto report = rebuild_s(at(step, [&] {
      query(
          "BEGIN; INSERT INTO s VALUES ('before', '', NULL); TRUNCATE s;"
          "INSERT INTO s VALUES ('" +
          id + "', '', NULL), ('due', '', 'epoch'); COMMIT");
    }));
    ASSERT_TRUE(report.ok()) << report.error().message;
    EXPECT_EQ(query("SELECT string_agg(id, ' ') FROM s"), id) << step;
  }
}

TEST_F(RebuildWriters, WhatGoesWithAUserIsNotPutBack) {
  make_user_sessions(1'000, 500);
  for (const char* step : kSteps) {
    const std::string user = query(
        "SELECT \"userId\" FROM \"UserSession\""
        " WHERE \"userId\" IS NOT NULL LIMIT 1");
    const auto report =
        rebuild(at(step, [&] { query("DELETE FROM \"User\" WHERE id = '" + user + "'"); }));
    ASSERT_TRUE(report.ok()) << report.error().message;
    EXPECT_EQ(query("SELECT count(*) FROM \"UserSession\" WHERE \"userId\" = '" + user + "'"),
              "0");
    EXPECT_NE(query("SELECT count(*) FROM \"UserSession\""), "0");
  }
}

// As a subscription applies changes: only ALWAYS triggers fire.
TEST_F(RebuildWriters, ChangesOfAReplicationRoleAreNoted) {
  make_table();
  const auto report = rebuild_s(at("catches up", [&] {
    query("SET session_replication_role = replica; INSERT INTO s VALUES ('new', '', NULL)");
  }));
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(query("SELECT string_agg(id, ' ') FROM s"), "new");
}

TEST_F(RebuildWriters, ManyChangesAreTakenOverInRounds) {
  make_table();
  unsigned rounds = 0;
  const auto report = rebuild_s([&](const RebuildProgress& progress) {
    if (progress.step != "catches up" || ++rounds > 2) return;
    query(
        fmt::format("INSERT INTO s SELECT 'new-{}-' || i, '', NULL"
                    " FROM generate_series(1, 1500) AS i",
                    rounds));
  });
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(rounds, 3U);
  EXPECT_EQ(report.value().changes, 3'000U);
  EXPECT_EQ(query("SELECT count(*) FROM s"), "3000");
}

}  // namespace
}  // namespace rollcall::postgres

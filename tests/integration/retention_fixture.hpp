#pragma once

#include "adapters/postgres/retention_table.hpp"
#include "adapters/postgres/work_session.hpp"
#include "core/retention_policy.hpp"
#include "support/postgres_server.hpp"

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

#include <gtest/gtest.h>

namespace rollcall::postgres {

// A database of each test's own, and policies over its tables.
class RetentionFixture : public testing::Test {
 protected:
  static constexpr base::Millis kPatience{30'000};

  RetentionFixture() {
    static int number = 0;
    database_ = "retention_" + std::to_string(++number);
    server().query("CREATE DATABASE " + database_);
  }

  // One for all tests, started by whoever asks first.
  static support::PostgresServer& server() {
    static support::PostgresServer running;
    return running;
  }

  std::string url() const { return server().url(database_); }
  std::string sql(const std::string& text) const { return server().query(text, database_); }

  // Of a table with the columns (id, created_at, user_id, expires_at), which it makes.
  core::RetentionPolicy make_table(const std::string& type = "timestamptz") const {
    sql("CREATE TABLE s (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id text,"
        " created_at " +
        type + ", expires_at " + type + ", note text)");
    return policy();
  }

  core::RetentionPolicy policy() const {
    core::RetentionPolicy policy;
    policy.name = "sessions";
    policy.url = url();
    policy.table = "s";
    policy.id = "id";
    policy.created_at = "created_at";
    policy.user_id = "user_id";
    policy.expires_at = "expires_at";
    policy.anonymous_after = std::chrono::hours(24);
    return policy;
  }

  std::unique_ptr<WorkSession> open_session() const {
    auto session = std::make_unique<WorkSession>(url(), "other", std::stop_token());
    EXPECT_TRUE(session->open().ok());
    return session;
  }

  // The first column of the first row, if there is one.
  static std::string run(WorkSession& session, const std::string& text) {
    const auto rows = session.run({text, {}}, kPatience);
    EXPECT_TRUE(rows.ok()) << text << ": " << rows.error().message;
    return rows.ok() && rows.value().size() > 0 ? std::string(rows.value().text(0, 0)) : "";
  }

  // Anonymous rows, a second apart, all of them due.
  void insert_due(int count) const {
    sql("INSERT INTO s (created_at, note) SELECT now() - interval '30 days' + n * interval '1 s',"
        " repeat('x', 200) FROM generate_series(1, " +
        std::to_string(count) + ") AS n");
  }

  // Of those that wait for the advisory lock 1.
  bool someone_waits() const {
    return sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") == "1";
  }

  // A sweep then waits at row 1 for as long as somebody holds the advisory lock 1.
  void make_row_1_wait() const {
    sql("CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN"
        "  PERFORM set_config('lock_timeout', '0', true);"
        "  PERFORM pg_advisory_xact_lock_shared(1); RETURN old; END$$;"
        "CREATE TRIGGER wait BEFORE DELETE ON s FOR EACH ROW WHEN (old.id = 1)"
        "  EXECUTE FUNCTION wait()");
  }

  // Sweeps every block, `step` at a time.
  static ports::RetentionTable::Sweep sweep_all(ports::RetentionTable& table,
                                                std::uint64_t step = 256) {
    const auto facts = table.look();
    EXPECT_TRUE(facts.ok()) << facts.error().message;
    return sweep_blocks(table, facts.ok() ? facts.value().blocks : 0, step);
  }

  static ports::RetentionTable::Sweep sweep_blocks(ports::RetentionTable& table,
                                                   std::uint64_t blocks, std::uint64_t step) {
    ports::RetentionTable::Sweep sum;
    for (std::uint64_t first = 0; first < blocks; first += step) {
      const auto swept = table.sweep_blocks(first, first + step);
      EXPECT_TRUE(swept.ok()) << swept.error().message;
      if (!swept.ok()) break;
      sum.deleted += swept.value().deleted;
      sum.locked += swept.value().locked;
      sum.refused += swept.value().refused;
    }
    return sum;
  }

  // Sweeps a clause by its index to the end; returns how many rows went.
  static std::uint64_t sweep_clause(ports::RetentionTable& table, core::RetentionClause clause,
                                    std::size_t limit) {
    constexpr int kMostSweeps = 10'000;
    std::uint64_t deleted = 0;
    std::string cursor;
    for (int i = 0; i < kMostSweeps; ++i) {
      const auto swept = table.sweep_oldest(clause, cursor, limit);
      EXPECT_TRUE(swept.ok()) << swept.error().message;
      if (!swept.ok()) return deleted;
      EXPECT_FALSE(swept.value().refused);
      deleted += swept.value().deleted;
      if (swept.value().is_end) return deleted;
      cursor = swept.value().cursor;
    }
    ADD_FAILURE() << "it has no end";
    return deleted;
  }

 private:
  std::string database_;
};

}  // namespace rollcall::postgres

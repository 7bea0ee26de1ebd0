#pragma once

#include "adapters/postgres/libpq.hpp"
#include "rebuild_fixture.hpp"

#include <array>
#include <chrono>
#include <string>
#include <string_view>

namespace rollcall::postgres {

// A table `s`, a tenth of which survives, and which can hold a rebuild up, or end it, while its
// rows are put back under the lock.
class RebuildFaultFixture : public RebuildFixture {
 protected:
  static constexpr std::array<std::string_view, 3> kSteps = {"copies survivors", "catches up",
                                                             "waits for the lock"};
  static constexpr const char* kIsHeld =
      "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 42 AND NOT granted";
  static constexpr const char* kSessions =
      "FROM pg_stat_activity WHERE application_name LIKE 'rollcall rebuild%'"
      " AND datname = current_database()";

  // A connection of somebody else's, which holds what it took until it ends.
  class Session {
   public:
    explicit Session(const std::string& url) : connection_(PQconnectdb(url.c_str())) {}

    void run(const std::string& sql) {
      const ResultPtr result(PQexec(connection_.get(), sql.c_str()));
      EXPECT_EQ(std::string(PQresultErrorMessage(result.get())), "") << sql;
    }

   private:
    ConnectionPtr connection_;
  };

  void SetUp() override {
    query(R"sql(
CREATE TABLE control (what text);
CREATE FUNCTION may_pass() RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
  SET lock_timeout = 0 AS $$
BEGIN
  IF current_setting('application_name') NOT LIKE 'rollcall rebuild%' THEN RETURN true; END IF;
  IF EXISTS (SELECT FROM control WHERE what = 'die') THEN
    PERFORM pg_terminate_backend(pg_backend_pid());
  ELSIF EXISTS (SELECT FROM control WHERE what = 'hold') THEN
    PERFORM pg_advisory_lock_shared(42);
  ELSIF EXISTS (SELECT FROM control WHERE what = 'refuse') THEN
    RETURN false;
  END IF;
  RETURN true;
END $$;
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TABLE s (id int PRIMARY KEY, data text, expires_at timestamptz, CHECK (may_pass()));
CREATE TRIGGER own AFTER INSERT ON s FOR EACH ROW EXECUTE FUNCTION nothing();
INSERT INTO s SELECT i, repeat(md5(i::text), 6), CASE WHEN i % 10 > 0 THEN timestamptz 'epoch' END
  FROM generate_series(1, 5000) AS i;
ALTER TABLE s OWNER TO owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON s TO writer)sql");
    before_ = catalogue("s") + rows("s");
  }

  void control(const std::string& what) const {
    query("TRUNCATE control; INSERT INTO control VALUES ('" + what + "')");
  }

  base::Result<RebuildReport> rebuild_s(const OnProgress& on_progress = {},
                                        std::stop_token stop = {}) const {
    return rebuild_table(policy_of("s"), std::move(stop), on_progress, limits_);
  }

  void expect_untouched(std::string_view when) const {
    EXPECT_EQ(catalogue("s") + rows("s"), before_) << when;
    EXPECT_EQ(remains(), "") << when;
  }

  // An application writes, whatever a dead rebuild has left behind.
  void expect_writable() const {
    Session writer(url_as("writer"));
    writer.run("INSERT INTO s VALUES (-1, '', NULL)");
    writer.run("UPDATE s SET id = -2 WHERE id = -1");
    writer.run("DELETE FROM s WHERE id = -2");
  }

  void expect_rebuilt() const {
    query("TRUNCATE control");
    const auto report = rebuild_s();
    ASSERT_TRUE(report.ok()) << report.error().message;
    EXPECT_EQ(query("SELECT count(*) FROM s"), "500");
  }

  [[nodiscard]] bool wait_until(const std::string& sql, const std::string& answer) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (query(sql) != answer) {
      if (std::chrono::steady_clock::now() > deadline) return false;
    }
    return true;
  }

  RebuildLimits limits_{.first_rest = base::Millis(1), .last_rest = base::Millis(20)};
  std::string before_;
};

}  // namespace rollcall::postgres

#include "rebuild_fault_fixture.hpp"

namespace rollcall::postgres {
namespace {

class RebuildLock : public RebuildFaultFixture {
 protected:
  RebuildLock() {
    limits_.lock_wait = base::Millis(5);
    limits_.attempts = 3;
  }

  struct Change {
    const char* sql;
    const char* why;
    const char* undo;
  };

  void expect_noticed(const Change& change, std::string_view step) const {
    const auto report = rebuild_s(at(step, [&] { query(change.sql); }));
    ASSERT_FALSE(report.ok()) << change.sql;
    EXPECT_EQ(report.error().code, "rebuild_changed") << report.error().message;
    EXPECT_NE(report.error().message.find(change.why), std::string::npos)
        << report.error().message;
    query(change.undo);
    const auto removed = remove_rebuild_remains(policy_of("s"), {});
    EXPECT_TRUE(removed.ok()) << removed.error().message;
    EXPECT_EQ(remains(), "") << change.sql;
    EXPECT_EQ(query("SELECT count(*) FROM s"), "5000");
  }

  // Holds it until the rebuild comes to the attempt.
  OnProgress held_until(unsigned attempt, Session& holder, const std::string& sql) const {
    return [attempt, &holder, sql](const RebuildProgress& progress) {
      if (progress.step != "waits for the lock") return;
      if (progress.attempts == 1) holder.run("BEGIN; " + sql);
      if (progress.attempts == attempt) holder.run("COMMIT");
    };
  }
};

TEST_F(RebuildLock, IsTriedAgainUntilItIsFree) {
  Session reader(url_as("writer"));
  const auto report = rebuild_s(held_until(3, reader, "SELECT FROM s LIMIT 1"));
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report.value().attempts, 3U);
  EXPECT_EQ(query("SELECT count(*) FROM s"), "500");
}

// Keys are checked while rows are put back.
TEST_F(RebuildLock, IsGivenBackForARowThatAnotherHolds) {
  query(
      "CREATE TABLE users (id int PRIMARY KEY); INSERT INTO users VALUES (1);"
      "ALTER TABLE users OWNER TO owner; GRANT SELECT, UPDATE ON users TO writer;"
      "ALTER TABLE s ADD COLUMN user_id int REFERENCES users; UPDATE s SET user_id = 1");
  Session locker(url_as("writer"));
  const auto report = rebuild_s(held_until(2, locker, "SELECT FROM users FOR UPDATE"));
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report.value().attempts, 2U);
  EXPECT_EQ(query("SELECT count(*) FROM s WHERE user_id = 1"), "500");
}

TEST_F(RebuildLock, IsMissedBeforeAnythingIsMade) {
  Session reader(url_as("writer"));
  reader.run("BEGIN; SELECT FROM s LIMIT 1; SET application_name = 'report'");
  const auto report = rebuild_s();
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code, "rebuild_locked");
  EXPECT_NE(report.error().message.find("(report)"), std::string::npos) << report.error().message;
  expect_untouched("held");
}

TEST_F(RebuildLock, IsMissedByATransactionThatBeganMeanwhile) {
  Session reader(url_as("writer"));
  const auto report =
      rebuild_s(at("catches up", [&] { reader.run("BEGIN; SELECT FROM s LIMIT 1"); }));
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code, "rebuild_locked");
  EXPECT_NE(report.error().message.find("is removed by the next run or rebuild"),
            std::string::npos)
      << report.error().message;
  reader.run("COMMIT");
  expect_writable();
  EXPECT_EQ(remove_rebuild_remains(policy_of("s"), {}).value(), 1U);
  expect_untouched("held");
}

// An automatic vacuum lets go only of those who wait for longer than others are made to.
TEST_F(RebuildLock, WaitsLongerForAVacuum) {
  limits_.attempts = 1;
  limits_.vacuum_wait = std::chrono::minutes(1);
  Session vacuum(server().url(database()));
  std::thread releasing;
  const auto report = rebuild_s(at("waits for the lock", [&] {
    vacuum.run("BEGIN; LOCK TABLE s IN SHARE UPDATE EXCLUSIVE MODE");
    releasing = std::thread([&] {
      EXPECT_TRUE(
          wait_until("SELECT count(*) FROM pg_locks WHERE relation = 's'::regclass"
                     " AND mode = 'AccessExclusiveLock' AND NOT granted",
                     "1"));
      vacuum.run("COMMIT");
    });
  }));
  releasing.join();
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report.value().attempts, 1U);
}

TEST_F(RebuildLock, IsHeldForNoLongerThanThePolicySays) {
  Session holder(server().url(database()));
  holder.run("SELECT pg_advisory_lock(42)");
  control("hold");
  core::RetentionPolicy policy = policy_of("s");
  policy.rebuild_lock = base::Millis(300);
  const auto report = rebuild_table(policy, {}, {}, limits_);
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code, "rebuild_too_long");
  EXPECT_NE(report.error().message.find("as it was"), std::string::npos);
  expect_untouched("held");
}

TEST_F(RebuildLock, ATableThatIsChangedMeanwhileIsNotRebuilt) {
  const Change rename{"ALTER TABLE s RENAME TO t", "its columns", "ALTER TABLE t RENAME TO s"};
  const Change changes[] = {
      {"ALTER TABLE s ADD COLUMN more int", "its columns", "ALTER TABLE s DROP COLUMN more"},
      {"ALTER TABLE s ALTER COLUMN data TYPE varchar", "its columns",
       "ALTER TABLE s ALTER COLUMN data TYPE text"},
      {"CREATE TABLE more (id int REFERENCES s)", "more refers to it", "DROP TABLE more"},
      {"ALTER TABLE s DISABLE TRIGGER ALL; ALTER TABLE s ENABLE TRIGGER ALL", "were turned off",
       "SELECT 1"}};
  expect_noticed(rename, "catches up");
  for (const Change& change : changes) {
    expect_noticed(change, "catches up");
    expect_noticed(change, "waits for the lock");
  }
}

}  // namespace
}  // namespace rollcall::postgres

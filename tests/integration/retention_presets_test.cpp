#include "adapters/postgres/retention_table.hpp"
#include "integration/retention_fixture.hpp"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace rollcall::postgres {
namespace {

using std::chrono::hours;

// The tables of other programs, as those define them. In each, rows named `due...` go.
class RetentionOfPrograms : public RetentionFixture {
 protected:
  void expect_the_due_go(const core::RetentionPolicy& policy, const std::string& mark) const {
    const std::string due =
        "SELECT count(*) FROM " + policy.table + " WHERE " + mark + " LIKE 'due%'";
    const auto expected = std::stoull(sql(due));
    const auto rest = std::stoull(sql("SELECT count(*) FROM " + policy.table)) - expected;
    PostgresRetentionTable table(policy, SweepMode::real, {});
    const auto facts = table.look();
    ASSERT_TRUE(facts.ok()) << facts.error().message;
    EXPECT_EQ(facts.value().due_rows, expected);
    EXPECT_EQ(sweep_all(table).deleted, expected);
    EXPECT_EQ(sql(due), "0");
    EXPECT_EQ(sql("SELECT count(*) FROM " + policy.table), std::to_string(rest));
  }

  core::RetentionPolicy empty_policy() const {
    core::RetentionPolicy empty;
    empty.name = "program";
    empty.url = url();
    return empty;
  }
};

TEST_F(RetentionOfPrograms, Hatchet) {
  sql(R"sql(
CREATE TABLE "User" ("id" uuid PRIMARY KEY);
CREATE TABLE "UserSession" (
  "id" uuid NOT NULL PRIMARY KEY,
  "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "userId" uuid REFERENCES "User" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
  "data" jsonb,
  "expiresAt" timestamp(3) NOT NULL);
CREATE UNIQUE INDEX "UserSession_id_key" ON "UserSession" ("id");
INSERT INTO "User" SELECT gen_random_uuid();
SET TimeZone = 'UTC';
INSERT INTO "UserSession" ("id", "createdAt", "userId", "data", "expiresAt")
SELECT gen_random_uuid(), now() - age, CASE WHEN anonymous THEN NULL ELSE u."id" END,
  to_jsonb(mark), now() + left_over
FROM "User" AS u, (VALUES
  ('due, anonymous', interval '25 hours', true, interval '30 days'),
  ('due, expired', interval '1 hour', false, interval '-1 second'),
  ('due, both', interval '31 days', true, interval '-1 day'),
  ('young', interval '23 hours 59 minutes', true, interval '30 days'),
  ('of a user', interval '29 days', false, interval '1 day'))
  AS row (mark, age, anonymous, left_over)
)sql");
  core::RetentionPolicy policy = empty_policy();
  policy.table = "\"UserSession\"";
  policy.id = "id";
  policy.created_at = "createdAt";
  policy.user_id = "userId";
  policy.expires_at = "expiresAt";
  policy.anonymous_after = hours(24);
  expect_the_due_go(policy, "\"data\" #>> '{}'");
  sql(R"sql(CREATE INDEX ON "UserSession" ("createdAt") INCLUDE ("expiresAt"))sql");
  PostgresRetentionTable table(policy, SweepMode::real, {});
  EXPECT_EQ(table.look().value().clauses[1].index, "\"UserSession_createdAt_expiresAt_idx\"");
}

TEST_F(RetentionOfPrograms, ActiveSessions) {
  sql("CREATE TABLE active_sessions (session_id text PRIMARY KEY,"
      " last_activity timestamp NOT NULL DEFAULT now());"
      "CREATE INDEX ON active_sessions (last_activity); SET TimeZone = 'America/Caracas';"
      "INSERT INTO active_sessions VALUES ('due 1', now() - interval '16 minutes'),"
      " ('due 2', '2020-01-01'), ('late', now() - interval '14 minutes'), ('new', now())");
  core::RetentionPolicy policy = empty_policy();
  policy.table = "active_sessions";
  policy.id = "session_id";
  policy.last_seen = "last_activity";
  policy.idle_after = std::chrono::minutes(15);
  policy.time_zone = "America/Caracas";
  expect_the_due_go(policy, "session_id");
}

TEST_F(RetentionOfPrograms, Django) {
  sql("CREATE TABLE django_session (session_key varchar(40) NOT NULL PRIMARY KEY,"
      " session_data text NOT NULL, expire_date timestamptz NOT NULL);"
      "CREATE INDEX ON django_session (session_key varchar_pattern_ops);"
      "CREATE INDEX ON django_session (expire_date);"
      "INSERT INTO django_session VALUES ('due', '', now() - interval '1 minute'),"
      " ('live', '', now() + interval '1 minute')");
  core::RetentionPolicy policy = empty_policy();
  policy.table = "django_session";
  policy.id = "session_key";
  policy.expires_at = "expire_date";
  expect_the_due_go(policy, "session_key");
}

TEST_F(RetentionOfPrograms, ConnectPgSimple) {
  sql("CREATE TABLE session (sid varchar NOT NULL COLLATE \"default\", sess json NOT NULL,"
      " expire timestamp(6) NOT NULL) WITH (OIDS=FALSE);"
      "ALTER TABLE session ADD CONSTRAINT session_pkey PRIMARY KEY (sid)"
      " NOT DEFERRABLE INITIALLY IMMEDIATE;"
      "CREATE INDEX \"IDX_session_expire\" ON session (expire); SET TimeZone = 'UTC';"
      "INSERT INTO session VALUES ('due', '{}', now() - interval '1 minute'),"
      " ('live', '{}', now() + interval '1 minute')");
  core::RetentionPolicy policy = empty_policy();
  policy.table = "session";
  policy.id = "sid";
  policy.expires_at = "expire";
  expect_the_due_go(policy, "sid");
}

TEST_F(RetentionOfPrograms, Rails) {
  sql("CREATE TABLE sessions (id bigserial PRIMARY KEY, session_id varchar NOT NULL, data text,"
      " created_at timestamp(6) NOT NULL, updated_at timestamp(6) NOT NULL);"
      "CREATE UNIQUE INDEX ON sessions (session_id); CREATE INDEX ON sessions (updated_at);"
      "SET TimeZone = 'UTC'; INSERT INTO sessions (session_id, created_at, updated_at) VALUES"
      " ('due', now() - interval '60 days', now() - interval '31 days'),"
      " ('live', now() - interval '60 days', now() - interval '29 days')");
  core::RetentionPolicy policy = empty_policy();
  policy.table = "sessions";
  policy.id = "id";
  policy.created_at = "created_at";
  policy.last_seen = "updated_at";
  policy.idle_after = hours(24 * 30);
  expect_the_due_go(policy, "session_id");
}

}  // namespace
}  // namespace rollcall::postgres

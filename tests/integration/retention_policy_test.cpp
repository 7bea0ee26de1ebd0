#include "adapters/postgres/policy_check.hpp"
#include "adapters/postgres/policy_sql.hpp"
#include "integration/retention_fixture.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rollcall::postgres {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class RetentionPolicyCheck : public RetentionFixture {
 protected:
  static std::string refusal(const core::RetentionPolicy& policy) {
    const base::Status status = check_policy(policy);
    if (status.ok()) return "";
    EXPECT_EQ(status.error().kind, base::Errc::invalid_argument);
    EXPECT_EQ(status.error().code, "retention_table");
    return status.error().message;
  }

  // Of the table `s`, made of these columns.
  std::string refusal_of(const std::string& columns) const {
    sql("SET client_min_messages = warning; DROP TABLE IF EXISTS s CASCADE; CREATE TABLE s (" +
        columns + ")");
    return refusal(policy());
  }

  core::RetentionPolicy policy_as(const std::string& role) const {
    core::RetentionPolicy policy = this->policy();
    policy.url = server().url_as(role, "p", sql("SELECT current_database()"));
    return policy;
  }
};

constexpr const char* kGood =
    "id uuid PRIMARY KEY, user_id uuid, created_at timestamp(3), expires_at timestamptz";

TEST_F(RetentionPolicyCheck, TellsWhatIsWrongWithColumns) {
  EXPECT_EQ(refusal_of(kGood), "");
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"id int PRIMARY KEY, user_id int, \"createdAt\" timestamp, expires_at timestamp",
       "has no column created_at; did you mean createdAt?"},
      {"id int PRIMARY KEY, user_id int, born timestamp, expires_at timestamp",
       "has no column created_at; it has id, user_id, born, expires_at"},
      {"id int PRIMARY KEY, user_id int, created_at timestamp, expires_at bigint",
       "has expires_at of type bigint: it must be timestamp"},
      {"id int PRIMARY KEY, user_id int, created_at date, expires_at timestamp",
       "has created_at of type date: it must be timestamp"},
      {"id int, user_id int, created_at timestamp, expires_at timestamp", "has no primary key"},
      {"id int UNIQUE, a int, b int, PRIMARY KEY (a, b), user_id int, created_at timestamp,"
       "expires_at timestamp",
       "has the primary key (a, b), without id"}};
  for (const auto& [columns, words] : wrong) {
    const std::string message = refusal_of(columns);
    EXPECT_THAT(message, StartsWith("retention.sessions: public.s has ")) << columns;
    EXPECT_THAT(message, HasSubstr(words));
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  }
  const std::string all = refusal_of("user_id int, expires_at int");
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 3) << all;
  EXPECT_EQ(refusal_of("a int, id int, PRIMARY KEY (a, id), user_id int, created_at timestamp,"
                       "expires_at timestamp"),
            "");
  sql("CREATE DOMAIN moment AS timestamptz");
  EXPECT_EQ(refusal_of("id int PRIMARY KEY, user_id int, created_at moment, expires_at moment"),
            "");
}

TEST_F(RetentionPolicyCheck, TellsWhatIsNoTableOfUse) {
  sql(std::string("CREATE TABLE t (") + kGood + ")");
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"CREATE VIEW s AS SELECT * FROM t", "is a view"},
      {"CREATE MATERIALIZED VIEW s AS SELECT * FROM t", "is a materialized view"},
      {"CREATE TABLE s (LIKE t) PARTITION BY RANGE (id)", "is partitioned: name its partitions"},
      {"CREATE SEQUENCE s", "is a sequence"},
      {"CREATE INDEX s ON t (user_id)", "is an index"},
      {"CREATE FOREIGN DATA WRAPPER w; CREATE SERVER f FOREIGN DATA WRAPPER w; CREATE FOREIGN "
       "TABLE s (id int) SERVER f",
       "is a foreign table"},
      {"CREATE TYPE s AS (id int)", "is no plain table"},
      {"CREATE TABLE s (LIKE t INCLUDING ALL); CREATE TABLE c () INHERITS (s)", "inherit from it"},
      {"CREATE TABLE s (LIKE t INCLUDING ALL); CREATE RULE keep AS ON DELETE TO s DO INSTEAD "
       "NOTHING",
       "has the rule keep on DELETE"}};
  for (const auto& [make, words] : wrong) {
    sql(make);
    EXPECT_THAT(refusal(policy()), HasSubstr(words)) << make;
    sql("SET client_min_messages = warning; DO $$DECLARE kind \"char\" := (SELECT relkind FROM "
        "pg_class WHERE relname = 's'); BEGIN EXECUTE 'DROP ' || CASE kind WHEN 'v' THEN 'VIEW' "
        "WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' WHEN 'i' THEN 'INDEX' WHEN "
        "'f' THEN 'FOREIGN TABLE' WHEN 'c' THEN 'TYPE' ELSE 'TABLE' END || ' s CASCADE'; END$$");
  }
  EXPECT_THAT(refusal(policy()), HasSubstr("there is no table s in the database"));
  core::RetentionPolicy odd = policy();
  for (const char* name :
       {"pg_class", "pg_catalog.pg_authid", "information_schema.sql_features"}) {
    odd.table = name;
    EXPECT_THAT(refusal(odd), HasSubstr("is a table of the server's own")) << name;
  }
  odd.table = "a.b.c";
  EXPECT_THAT(refusal(odd), HasSubstr("is no name of a table"));
  sql("CREATE TABLE \"User_Session\" (id int)");
  odd.table = "usersession";
  EXPECT_THAT(refusal(odd), HasSubstr("did you mean public.\"User_Session\"?"));
}

TEST_F(RetentionPolicyCheck, TellsAnUnknownZone) {
  sql(std::string("CREATE TABLE s (") + kGood + ")");
  core::RetentionPolicy policy = this->policy();
  for (const char* zone : {"Atlantis", "", "Europe/'; DROP TABLE s; --", "\\'"}) {
    policy.time_zone = zone;
    EXPECT_THAT(refusal(policy), HasSubstr("time_zone: the server knows no zone ")) << zone;
  }
  for (const char* zone : {"UTC", "Europe/Berlin", "EST5EDT", "CET", "<'x>-3", "<\\x>-3"}) {
    policy.time_zone = zone;
    EXPECT_EQ(refusal(policy), "") << zone;
  }
}

TEST_F(RetentionPolicyCheck, NamesTheGrantThatIsMissing) {
  sql(std::string("CREATE SCHEMA app; CREATE TABLE app.s (") + kGood + ")");
  sql("CREATE ROLE \"the Sweeper\" LOGIN PASSWORD 'p'");
  core::RetentionPolicy policy = policy_as("the%20Sweeper");
  policy.table = "s";
  EXPECT_THAT(refusal(policy), HasSubstr("there is no table s; did you mean app.s?"));
  policy.table = "app.s";
  for (const char* grant :
       {"GRANT USAGE ON SCHEMA app TO \"the Sweeper\"", "GRANT SELECT ON app.s TO \"the Sweeper\"",
        "GRANT DELETE ON app.s TO \"the Sweeper\"",
        "GRANT UPDATE (\"id\") ON app.s TO \"the Sweeper\""}) {
    EXPECT_THAT(refusal(policy), HasSubstr(grant));
    sql(grant);
  }
  EXPECT_EQ(refusal(policy), "");
  sql("ALTER TABLE app.s ENABLE ROW LEVEL SECURITY");
  EXPECT_THAT(refusal(policy), HasSubstr("has row security, which hides rows"));
  sql("ALTER ROLE \"the Sweeper\" BYPASSRLS");
  EXPECT_EQ(refusal(policy), "");
  sql("DROP OWNED BY \"the Sweeper\"; DROP ROLE \"the Sweeper\"");
}

TEST_F(RetentionPolicyCheck, OddNamesAreNamesOnly) {
  const std::vector<std::string> names{"Mixed Case", "quote\"in'it",  "t; DROP TABLE victim; --",
                                       "dot.ted",    "Größe 名前 🎈", "select",
                                       "$1",         "back\\slash",   "%s %I {}",
                                       "t"};
  sql("CREATE TABLE victim (n int)");
  const auto quoted = [](const std::string& name) {
    std::string text = "\"";
    for (const char c : name) text += c == '"' ? "\"\"" : std::string(1, c);
    return text + '"';
  };
  for (const std::string& name : names) {
    const std::string table = quoted(name) + '.' + quoted(name);
    sql("CREATE SCHEMA " + quoted(name) + "; CREATE TABLE " + table + " (" + quoted("a" + name) +
        " int PRIMARY KEY, " + quoted("b" + name) + " int, " + quoted("c" + name) +
        " timestamp, " + quoted(name) + " timestamp)");
    core::RetentionPolicy policy = this->policy();
    policy.table = table;
    policy.id = "a" + name;
    policy.user_id = "b" + name;
    policy.created_at = "c" + name;
    policy.expires_at = name;
    policy.time_zone = "Europe/Berlin";
    WorkSession session(policy.url, "test", {});
    ASSERT_TRUE(session.open().ok());
    const auto read = read_policy(session, policy);
    ASSERT_TRUE(read.ok()) << read.error().message;
    const auto counted = session.run(
        {"SELECT count(*) FROM " + read.value().table + " AS t WHERE " + read.value().due, {}},
        kPatience);
    EXPECT_TRUE(counted.ok()) << counted.error().message;
  }
  EXPECT_EQ(sql("SELECT count(*) FROM victim"), "0");
}

TEST_F(RetentionPolicyCheck, ClaimsKeepRunsAndARebuildApart) {
  sql(std::string("CREATE TABLE s (") + kGood + "); CREATE TABLE other (" + kGood + ")");
  core::RetentionPolicy other = policy();
  other.table = "other";
  WorkSession a(url(), "a", {});
  WorkSession b(url(), "b", {});
  WorkSession c(url(), "c", {});
  for (WorkSession* session : {&a, &b, &c}) ASSERT_TRUE(session->open().ok());
  const auto s_sql = read_policy(a, policy()).value();
  const auto other_sql = read_policy(a, other).value();
  EXPECT_TRUE(claim_shared(a, s_sql).value());
  EXPECT_TRUE(claim_shared(b, s_sql).value());
  EXPECT_FALSE(claim_alone(c, s_sql).value());
  EXPECT_TRUE(claim_alone(c, other_sql).value());
  EXPECT_FALSE(claim_shared(a, other_sql).value());
  EXPECT_FALSE(claim_alone(a, other_sql).value());
}

}  // namespace
}  // namespace rollcall::postgres

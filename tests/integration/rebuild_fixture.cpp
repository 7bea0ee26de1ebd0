#include "rebuild_fixture.hpp"

#include <memory>

#include <fmt/format.h>

namespace rollcall::postgres {
namespace {

// The columns of pg_class that tell of storage or statistics.
constexpr const char* kCatalogue = R"sql(
WITH t AS (SELECT '{table}'::regclass AS id),
relations AS (
  SELECT id FROM t
  UNION SELECT indexrelid FROM pg_index, t WHERE indrelid = t.id
  UNION SELECT reltoastrelid FROM pg_class, t WHERE oid = t.id
  UNION SELECT objid FROM pg_depend, t WHERE refobjid = t.id AND classid = 'pg_class'::regclass
  UNION SELECT ev_class FROM pg_rewrite AS r, pg_depend AS d, t
    WHERE d.objid = r.oid AND d.classid = 'pg_rewrite'::regclass AND d.refobjid = t.id),
facts AS (
  SELECT to_jsonb(c) - '{{relfilenode,relpages,reltuples,relallvisible,relfrozenxid}}'::text[]
    - 'relminmxid' AS fact FROM pg_class AS c JOIN relations ON c.oid = id
  UNION ALL SELECT to_jsonb(a) FROM pg_attribute AS a JOIN relations ON attrelid = id
  UNION ALL SELECT to_jsonb(a) FROM pg_attrdef AS a JOIN relations ON adrelid = id
  UNION ALL SELECT to_jsonb(c) FROM pg_constraint AS c, t WHERE t.id IN (conrelid, confrelid)
  UNION ALL SELECT to_jsonb(i) FROM pg_index AS i, t WHERE indrelid = t.id
  UNION ALL SELECT to_jsonb(g) FROM pg_trigger AS g, t WHERE tgrelid = t.id
  UNION ALL SELECT to_jsonb(p) FROM pg_policy AS p, t WHERE polrelid = t.id
  UNION ALL SELECT to_jsonb(r) FROM pg_rewrite AS r JOIN relations ON ev_class = id
  UNION ALL SELECT to_jsonb(s) FROM pg_statistic_ext AS s, t WHERE stxrelid = t.id
  UNION ALL SELECT to_jsonb(p) FROM pg_publication_rel AS p, t WHERE prrelid = t.id
  UNION ALL SELECT to_jsonb(s) FROM pg_sequence AS s JOIN relations ON seqrelid = id
  UNION ALL SELECT to_jsonb(s) FROM pg_sequences AS s JOIN relations
    ON format('%I.%I', schemaname, sequencename)::regclass = id
  UNION ALL SELECT to_jsonb(d) FROM pg_description AS d JOIN relations ON objoid = id
  UNION ALL SELECT to_jsonb(d) FROM pg_description AS d, pg_trigger AS g, t
    WHERE objoid = g.oid AND tgrelid = t.id
  UNION ALL SELECT to_jsonb(d) FROM pg_description AS d, pg_constraint AS c, t
    WHERE objoid = c.oid AND conrelid = t.id
  UNION ALL SELECT to_jsonb(s) FROM pg_shdepend AS s JOIN relations ON objid = id
  UNION ALL SELECT to_jsonb(d) FROM pg_depend AS d JOIN relations ON id IN (objid, refobjid))
SELECT string_agg(fact::text, E'\n' ORDER BY fact::text) FROM facts
)sql";

}  // namespace

RebuildFixture::RebuildFixture() {
  static int number = 0;
  database_ = "rebuild_" + std::to_string(++number);
  if (number == 1) {
    server().query("CREATE ROLE owner LOGIN PASSWORD 'plain'");
    server().query("CREATE ROLE writer LOGIN PASSWORD 'plain'");
  }
  server().query("CREATE DATABASE " + database_ + " OWNER owner");
}

support::PostgresServer& RebuildFixture::server() {
  static support::PostgresServer running;
  return running;
}

void RebuildFixture::make_user_sessions(int rows, int fresh) const {
  query(fmt::format(
      R"sql(
CREATE TABLE "User" (id uuid PRIMARY KEY);
INSERT INTO "User" SELECT gen_random_uuid() FROM generate_series(1, 20);
CREATE TABLE "UserSession" (
  "id" uuid PRIMARY KEY, "createdAt" timestamp(3) NOT NULL DEFAULT current_timestamp,
  "updatedAt" timestamp(3) NOT NULL DEFAULT current_timestamp,
  "userId" uuid REFERENCES "User" ON DELETE CASCADE ON UPDATE CASCADE,
  "data" jsonb, "expiresAt" timestamp(3) NOT NULL);
CREATE UNIQUE INDEX "UserSession_id_key" ON "UserSession" ("id");
CREATE INDEX ON "UserSession" ("createdAt") INCLUDE ("expiresAt");
WITH users AS (SELECT array_agg(id) AS ids FROM "User"),
made AS (
  SELECT i, (now() - (CASE WHEN i < {1} THEN interval '0' ELSE interval '30 h' END)
    - i * interval '1 s') AT TIME ZONE 'UTC' AS at FROM generate_series(0, {0} - 1) AS i)
INSERT INTO "UserSession"
SELECT gen_random_uuid(), at, at, CASE WHEN i % 100 = 0 THEN ids[1 + i / 100 % 20] END,
  jsonb_build_object('k', repeat(md5(i::text), 12)), at + interval '30 d'
FROM made, users ORDER BY i DESC;
ALTER TABLE "User" OWNER TO owner;
ALTER TABLE "UserSession" OWNER TO owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON "User", "UserSession" TO writer)sql",
      rows, fresh));
}

core::RetentionPolicy RebuildFixture::policy() const {
  core::RetentionPolicy policy = policy_of("\"UserSession\"");
  policy.created_at = "createdAt";
  policy.user_id = "userId";
  policy.expires_at = "expiresAt";
  policy.anonymous_after = std::chrono::hours(24);
  return policy;
}

core::RetentionPolicy RebuildFixture::policy_of(const std::string& table) const {
  core::RetentionPolicy policy;
  policy.name = "sessions";
  policy.url = url_as("owner");
  policy.table = table;
  policy.id = "id";
  policy.expires_at = "expires_at";
  policy.rebuild_lock = std::chrono::minutes(1);
  return policy;
}

base::Result<RebuildReport> RebuildFixture::rebuild(const OnProgress& on_progress) const {
  return rebuild_table(policy(), {}, on_progress);
}

RebuildFixture::OnProgress RebuildFixture::at(std::string_view step, std::function<void()> then) {
  auto once = std::make_shared<std::function<void()>>(std::move(then));
  return [step, once](const RebuildProgress& progress) {
    if (progress.step != step || !*once) return;
    std::exchange(*once, nullptr)();
  };
}

std::string RebuildFixture::catalogue(const std::string& table) const {
  return query(fmt::format(kCatalogue, fmt::arg("table", table)));
}

std::string RebuildFixture::rows(const std::string& table, const std::string& condition) const {
  return query("SELECT string_agg(t::text, E'\\n' ORDER BY t::text) FROM " + table +
               " AS t WHERE " + condition);
}

std::string RebuildFixture::remains() const {
  return query(
      "SELECT string_agg(name, ' ' ORDER BY name) FROM ("
      "SELECT relname AS name FROM pg_class UNION ALL SELECT proname FROM pg_proc"
      " UNION ALL SELECT tgname FROM pg_trigger) AS names WHERE name LIKE 'rollcall%'");
}

}  // namespace rollcall::postgres

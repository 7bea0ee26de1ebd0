#include "rebuild_fixture.hpp"

#include <fmt/format.h>

namespace rollcall::postgres {
namespace {

// The catalogue and the rows, before and after.
class RebuildCatalogue : public RebuildFixture {
 protected:
  // Rows with an expiry that is past go, unless `all_stay`.
  void expect_kept(const std::string& table, bool all_stay = false) const {
    const std::string before = catalogue(table);
    const std::string left = rows(table, all_stay ? "true" : "(expires_at < now()) IS NOT TRUE");
    const auto report = rebuild_table(policy_of(table), {}, {});
    ASSERT_TRUE(report.ok()) << report.error().message;
    EXPECT_EQ(rows(table), left);
    EXPECT_EQ(catalogue(table), before);
    EXPECT_EQ(remains(), "");
  }
};

TEST_F(RebuildCatalogue, KeepsTheTableAndWhatIsNotDue) {
  make_user_sessions(5'000, 250);
  const std::string before = catalogue("\"UserSession\"");
  const std::string survivors = rows("\"UserSession\"", std::string("NOT ") + kDue);
  ASSERT_NE(survivors, rows("\"UserSession\""));
  const auto report = rebuild();
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(rows("\"UserSession\""), survivors);
  EXPECT_EQ(catalogue("\"UserSession\""), before);
  EXPECT_EQ(report.value().survivors, 297U);
  EXPECT_LT(report.value().bytes_after, report.value().bytes_before / 5);
  EXPECT_EQ(remains(), "");
}

TEST_F(RebuildCatalogue, AllThatDependsOnATableStays) {
  query(R"sql(
CREATE EXTENSION pg_trgm;
CREATE TABLE users (id int PRIMARY KEY);
INSERT INTO users SELECT generate_series(1, 10);
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN NEW.note := ''touched''; RETURN NEW; END';
CREATE FUNCTION never() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN RAISE EXCEPTION ''a trigger fired''; END';
CREATE TABLE s (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  serial bigserial, dropped int, note text COLLATE "C" DEFAULT 'none',
  user_id int REFERENCES users ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  twice bigint GENERATED ALWAYS AS (id * 2) STORED,
  long text, tags text[], data jsonb,
  expires_at timestamptz, CONSTRAINT positive CHECK (serial > 0),
  CONSTRAINT one_each UNIQUE (serial) DEFERRABLE INITIALLY DEFERRED,
  EXCLUDE USING btree (id WITH =)
) WITH (fillfactor = 80, autovacuum_enabled = off);
ALTER TABLE s DROP COLUMN dropped;
ALTER TABLE s ADD COLUMN late int NOT NULL DEFAULT 7, ALTER COLUMN long SET STORAGE EXTERNAL,
  ALTER COLUMN note SET STATISTICS 500, REPLICA IDENTITY FULL;
INSERT INTO s (note, user_id, long, tags, data, expires_at)
SELECT i::text, nullif(i % 11, 0), CASE WHEN i % 50 = 0 THEN repeat(md5(i::text), 300) END,
  ARRAY[i::text, NULL], jsonb_build_object('i', i),
  CASE WHEN i % 10 > 0 THEN now() - interval '1 s' WHEN i % 20 > 0 THEN now() + interval '1 h' END
FROM generate_series(1, 3000) AS i)sql");
  query(R"sql(
SET client_min_messages = error;
CREATE INDEX s_expires ON s (expires_at) INCLUDE (note) WHERE user_id IS NOT NULL;
CREATE INDEX ON s (lower(note)); CREATE INDEX ON s USING gin (tags);
CREATE INDEX ON s USING gin (note gin_trgm_ops); CREATE INDEX ON s USING hash (serial);
CLUSTER s USING s_pkey;
CREATE STATISTICS s_stats ON serial, user_id FROM s;
CREATE VIEW v AS SELECT id, note FROM s WHERE expires_at > now();
CREATE MATERIALIZED VIEW m AS SELECT count(*) FROM s;
CREATE TRIGGER on_insert BEFORE INSERT ON s FOR EACH ROW EXECUTE FUNCTION stamp();
CREATE TRIGGER "on ""replica""" AFTER INSERT ON s FOR EACH ROW EXECUTE FUNCTION never();
CREATE TRIGGER always AFTER INSERT OR UPDATE ON s FOR EACH ROW EXECUTE FUNCTION never();
CREATE TRIGGER disabled AFTER TRUNCATE ON s EXECUTE FUNCTION never();
CREATE TRIGGER truncated BEFORE TRUNCATE ON s EXECUTE FUNCTION never();
CREATE CONSTRAINT TRIGGER constrains AFTER INSERT ON s DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION never();
ALTER TABLE s ENABLE REPLICA TRIGGER "on ""replica""";
ALTER TABLE s ENABLE ALWAYS TRIGGER always;
ALTER TABLE s DISABLE TRIGGER disabled;
COMMENT ON TABLE s IS 'a table'; COMMENT ON COLUMN s.note IS 'a column';
COMMENT ON INDEX s_expires IS 'an index'; COMMENT ON TRIGGER always ON s IS 'a trigger';
COMMENT ON CONSTRAINT positive ON s IS 'a constraint';
CREATE PUBLICATION p FOR TABLE s; CREATE PUBLICATION every FOR ALL TABLES;
ALTER TABLE s ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON s TO writer USING (user_id = 3) WITH CHECK (true);
GRANT SELECT, UPDATE (note) ON s TO writer WITH GRANT OPTION; GRANT INSERT ON s TO PUBLIC;
ALTER TABLE s OWNER TO owner; ALTER TABLE users OWNER TO owner)sql");
  const std::string oid = query("SELECT 's'::regclass::oid");
  const std::string seen = query("SELECT string_agg(v::text, ',' ORDER BY id) FROM v");
  expect_kept("s");
  EXPECT_EQ(query("SELECT 's'::regclass::oid"), oid);
  EXPECT_EQ(query("SELECT string_agg(v::text, ',' ORDER BY id) FROM v"), seen);
  query("ALTER TABLE s DISABLE TRIGGER always; ALTER TABLE s DISABLE TRIGGER constrains");
  EXPECT_EQ(query("INSERT INTO s (note) VALUES ('new') RETURNING (id, serial, note, late)"),
            "(3001,3001,touched,7)");
}

TEST_F(RebuildCatalogue, TheNewFilesAreNoLargerThanAFreshCopys) {
  make_user_sessions(20'000, 10'000);
  query("UPDATE \"UserSession\" SET data = NULL");  // the narrower, the more do indexes count
  query("VACUUM FULL \"UserSession\"");
  query("CREATE TABLE fresh AS SELECT * FROM \"UserSession\" WHERE NOT " + std::string(kDue));
  query("ALTER TABLE fresh ADD PRIMARY KEY (id)");
  query("CREATE UNIQUE INDEX ON fresh (id)");
  query("CREATE INDEX ON fresh (\"createdAt\") INCLUDE (\"expiresAt\")");
  query("VACUUM ANALYZE fresh");
  const auto report = rebuild();
  ASSERT_TRUE(report.ok()) << report.error().message;
  const auto fresh = std::stoul(query("SELECT pg_total_relation_size('fresh')"));
  EXPECT_LE(report.value().bytes_after * 100, fresh * 105);
  EXPECT_EQ(query("SELECT correlation > 0.99 FROM pg_stats"
                  " WHERE tablename = 'UserSession' AND attname = 'createdAt'"),
            "t")
      << "rows lie in the order in which they lay";
  EXPECT_EQ(query("SELECT relallvisible = relpages FROM pg_class WHERE relname = 'UserSession'"),
            "t");
}

TEST_F(RebuildCatalogue, AnEmptyTableAndOneWithoutADueRow) {
  query(
      "CREATE TABLE s (id int PRIMARY KEY, expires_at timestamptz);"
      "ALTER TABLE s OWNER TO owner");
  expect_kept("s");
  query("INSERT INTO s SELECT i, NULL FROM generate_series(1, 500) AS i");
  expect_kept("s");
  query("UPDATE s SET expires_at = '-infinity'");
  expect_kept("s");
  EXPECT_EQ(rows("s"), "");
}

TEST_F(RebuildCatalogue, OddNamesAndKeys) {
  query(R"sql(
CREATE SCHEMA "o'dd.""schema\ $1 $$";
ALTER SCHEMA "o'dd.""schema\ $1 $$" OWNER TO owner;
SET search_path = "o'dd.""schema\ $1 $$";
CREATE DOMAIN "a key" AS varchar(40) COLLATE "C" NOT NULL;
CREATE DOMAIN "the key" AS "a key" CHECK (value <> '');
CREATE TABLE "Séances; DROP TABLE s; --" (
  "new" "the key", "sel'ect ""{}"" $body$ \" char(4), "NULL" numeric,
  id int GENERATED ALWAYS AS (7) STORED, expires_at timestamptz,
  PRIMARY KEY (id, "NULL", "sel'ect ""{}"" $body$ \", "new") INCLUDE (expires_at));
INSERT INTO "Séances; DROP TABLE s; --" ("new", "sel'ect ""{}"" $body$ \", "NULL", expires_at)
SELECT i, i % 7, i % 5, CASE WHEN i % 3 > 0 THEN now() END FROM generate_series(1, 300) AS i;
CREATE TRIGGER "t'r""i$1{}" BEFORE INSERT ON "Séances; DROP TABLE s; --" FOR EACH ROW
  EXECUTE FUNCTION suppress_redundant_updates_trigger();
ALTER TABLE "Séances; DROP TABLE s; --" OWNER TO owner)sql");
  const std::string table = R"("o'dd.""schema\ $1 $$"."Séances; DROP TABLE s; --")";
  const std::string before = rows(table, "expires_at IS NULL");
  const auto report =
      rebuild_table(policy_of(table), {}, at("catches up", [&] {
                      query("UPDATE " + table + " SET \"new\" = 'x' || \"new\"");
                      query("UPDATE " + table + " SET \"new\" = ltrim(\"new\", 'x')");
                      query("BEGIN; TRUNCATE " + table + "; ROLLBACK");
                    }));
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report.value().changes, 600U);
  EXPECT_EQ(rows(table), before);
  EXPECT_EQ(remains(), "");
}

// What goes would have to be seen by them, one by one.
TEST_F(RebuildCatalogue, RowsThatMustGoOneByOneStay) {
  query(R"sql(
CREATE TABLE s (id int PRIMARY KEY, parent int REFERENCES s ON DELETE SET NULL,
  expires_at timestamptz);
INSERT INTO s SELECT i, nullif(i - 1, 0), CASE WHEN i % 2 = 0 THEN now() END
FROM generate_series(1, 100) AS i;
CREATE FUNCTION never() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN RAISE EXCEPTION ''a trigger fired''; END';
CREATE TABLE u (id int PRIMARY KEY, expires_at timestamptz);
INSERT INTO u SELECT i, now() FROM generate_series(1, 100) AS i;
CREATE TRIGGER gone AFTER DELETE ON u EXECUTE FUNCTION never();
ALTER TABLE s OWNER TO owner; ALTER TABLE u OWNER TO owner)sql");
  expect_kept("s", true);
  expect_kept("u", true);
  query("ALTER TABLE u DISABLE TRIGGER gone");
  expect_kept("u");
}

}  // namespace
}  // namespace rollcall::postgres

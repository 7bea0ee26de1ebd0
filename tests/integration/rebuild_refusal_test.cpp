#include "adapters/postgres/policy_sql.hpp"
#include "adapters/postgres/work_session.hpp"
#include "rebuild_fixture.hpp"

namespace rollcall::postgres {
namespace {

class RebuildRefusal : public RebuildFixture {
 protected:
  void make_table(const std::string& more = "") const {
    query(
        "CREATE TABLE s (id int PRIMARY KEY, expires_at timestamptz);"
        "INSERT INTO s SELECT i, CASE WHEN i % 2 = 0 THEN now() END"
        " FROM generate_series(1, 200) AS i; ALTER TABLE s OWNER TO owner");
    if (!more.empty()) query(more);
  }

  // Before anything is touched; and the mend helps.
  void expect_refused(const core::RetentionPolicy& policy, const std::string& why,
                      const std::string& mend) const {
    const std::string before = catalogue("s") + rows("s");
    const auto outlook = look_at_rebuild(policy, {});
    ASSERT_TRUE(outlook.ok()) << outlook.error().message;
    ASSERT_EQ(outlook.value().refusals.size(), 1U);
    EXPECT_NE(outlook.value().refusals.front().find(why), std::string::npos)
        << outlook.value().refusals.front();
    bool has_begun = false;
    const auto report =
        rebuild_table(policy, {}, [&](const RebuildProgress&) { has_begun = true; });
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.error().kind, base::Errc::forbidden);
    EXPECT_EQ(report.error().code, "rebuild_refused");
    EXPECT_EQ(report.error().message, outlook.value().refusals.front());
    EXPECT_FALSE(has_begun);
    EXPECT_EQ(catalogue("s") + rows("s"), before);
    if (mend.empty()) return;
    query(mend);
    const auto mended = rebuild_table(policy, {}, {});
    EXPECT_TRUE(mended.ok()) << mended.error().message;
  }

  void expect_refused(const std::string& why, const std::string& mend) const {
    expect_refused(policy_of("s"), why, mend);
  }

  static std::string notes_of(const base::Result<RebuildOutlook>& outlook) {
    std::string notes;
    for (const std::string& note : outlook.value().notes) notes += note + '\n';
    return notes;
  }
};

TEST_F(RebuildRefusal, ARoleThatDoesNotOwnTheTable) {
  make_table("GRANT ALL ON s TO writer; GRANT CREATE ON SCHEMA public TO writer");
  core::RetentionPolicy policy = policy_of("s");
  policy.url = url_as("writer");
  expect_refused(policy, "GRANT owner TO writer", "GRANT owner TO writer");
  query("REVOKE owner FROM writer");
}

TEST_F(RebuildRefusal, ASchemaThatTakesNoTable) {
  query("CREATE SCHEMA app; GRANT USAGE ON SCHEMA app TO owner");
  make_table("ALTER TABLE s SET SCHEMA app; CREATE VIEW public.s AS SELECT * FROM app.s");
  expect_refused(policy_of("app.s"), "GRANT CREATE ON SCHEMA app TO owner",
                 "GRANT CREATE ON SCHEMA app TO owner");
}

TEST_F(RebuildRefusal, AForeignKeyFromAnotherTable) {
  make_table("CREATE TABLE logins (session int CONSTRAINT \"of session\" REFERENCES s)");
  expect_refused("logins refers to it by the foreign key \"of session\"", "DROP TABLE logins");
}

TEST_F(RebuildRefusal, APublicationOfSomeChangesOnly) {
  make_table(
      "SET client_min_messages = error; CREATE PUBLICATION p FOR TABLE s WITH (publish = 'insert, "
      "update, delete')");
  expect_refused("ALTER PUBLICATION p SET",
                 "ALTER PUBLICATION p SET (publish = 'insert, truncate')");
  EXPECT_NE(notes_of(look_at_rebuild(policy_of("s"), {})).find("publication p sends"),
            std::string::npos);
}

TEST_F(RebuildRefusal, ARule) {
  make_table("CREATE RULE quiet AS ON INSERT TO s DO INSTEAD NOTHING");
  expect_refused("the rule quiet", "DROP RULE quiet ON s");
}

TEST_F(RebuildRefusal, APartOfAnotherTable) {
  make_table("CREATE TABLE parent (id int, expires_at timestamptz); ALTER TABLE s INHERIT parent");
  expect_refused("s is a part of parent", "ALTER TABLE s NO INHERIT parent");
}

TEST_F(RebuildRefusal, AConstraintThatRowsWereNotHeldAgainst) {
  make_table("ALTER TABLE s ADD CONSTRAINT few CHECK (id < 300) NOT VALID");
  expect_refused("VALIDATE CONSTRAINT few", "ALTER TABLE s VALIDATE CONSTRAINT few");
}

TEST_F(RebuildRefusal, AnIndexThatIsNotValid) {
  make_table(
      "CREATE INDEX broken ON s (expires_at);"
      "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'broken'::regclass");
  expect_refused("the index broken is not valid", "REINDEX INDEX broken");
}

TEST_F(RebuildRefusal, TooManySurvivorsForTheTimeUnderTheLock) {
  make_table("INSERT INTO s SELECT i, NULL FROM generate_series(1000, 9000) AS i");
  core::RetentionPolicy policy = policy_of("s");
  policy.rebuild_lock = base::Millis(25);
  expect_refused(policy, "about 8101 rows survive", "DELETE FROM s WHERE id > 1000");
}

TEST_F(RebuildRefusal, RowSecurityThatHidesRows) {
  make_table("ALTER TABLE s ENABLE ROW LEVEL SECURITY; ALTER TABLE s FORCE ROW LEVEL SECURITY");
  const auto report = rebuild_table(policy_of("s"), {}, {});
  ASSERT_FALSE(report.ok());
  EXPECT_NE(report.error().message.find("row security"), std::string::npos);
  query("ALTER TABLE s NO FORCE ROW LEVEL SECURITY");
  EXPECT_TRUE(rebuild_table(policy_of("s"), {}, {}).ok());
}

TEST_F(RebuildRefusal, ARunOrAnotherRebuildAtWork) {
  make_table();
  WorkSession session(url_as("owner"), "a run", {});
  ASSERT_TRUE(session.open().ok());
  const auto sql = read_policy(session, policy_of("s"));
  ASSERT_TRUE(sql.ok());
  ASSERT_TRUE(claim_shared(session, sql.value()).value());
  const auto beside_a_run = rebuild_table(policy_of("s"), {}, {});
  ASSERT_FALSE(beside_a_run.ok());
  EXPECT_EQ(beside_a_run.error().code, "rebuild_refused");
  session.close();

  std::string second;
  unsigned removed = 1;
  const OnProgress meanwhile = at("catches up", [&] {
    const auto report = rebuild_table(policy_of("s"), {}, {});
    if (!report.ok()) second = report.error().message;
    removed = remove_rebuild_remains(policy_of("s"), {}).value();
  });
  base::Result<RebuildReport> first = beside_a_run;
  for (int i = 0; i < 1000 && !first.ok(); ++i)
    first = rebuild_table(policy_of("s"), {}, meanwhile);
  ASSERT_TRUE(first.ok()) << first.error().message;
  EXPECT_NE(second.find("another rebuild is at work on public.s"), std::string::npos) << second;
  EXPECT_EQ(removed, 0U);
}

TEST_F(RebuildRefusal, AnOutlookTellsWhatComes) {
  make_user_sessions(5'000, 250);
  const std::string before = catalogue("\"UserSession\"");
  const auto outlook = look_at_rebuild(policy(), {});
  ASSERT_TRUE(outlook.ok()) << outlook.error().message;
  EXPECT_TRUE(outlook.value().refusals.empty());
  EXPECT_EQ(outlook.value().rows, 5'000U);
  EXPECT_EQ(outlook.value().survivors, 297U);
  EXPECT_NE(notes_of(outlook).find("find the table empty"), std::string::npos);
  EXPECT_EQ(catalogue("\"UserSession\""), before);
  const auto report = rebuild();
  ASSERT_TRUE(report.ok());
  EXPECT_LE(outlook.value().bytes_after, report.value().bytes_after * 2);
  EXPECT_GE(outlook.value().bytes_after * 2, report.value().bytes_after);
}

}  // namespace
}  // namespace rollcall::postgres

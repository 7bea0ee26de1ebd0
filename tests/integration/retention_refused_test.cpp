#include "adapters/postgres/retention_table.hpp"
#include "integration/retention_fixture.hpp"

#include <memory>
#include <stop_token>
#include <string>

#include <gtest/gtest.h>

namespace rollcall::postgres {
namespace {

constexpr core::RetentionClause kAnonymous = core::RetentionClause::anonymous;

// 1,000 rows that are all due, of which 1, 500, 501 and 999 may not go.
class RetentionRefused : public RetentionFixture {
 protected:
  static constexpr const char* kKept = "1 500 501 999";

  RetentionRefused() {
    policy_ = make_table();
    insert_due(1000);
    sql("CREATE INDEX ON s (created_at)");
    table_ = std::make_unique<PostgresRetentionTable>(policy_, SweepMode::real, std::stop_token());
  }

  void add_trigger(const std::string& body) const {
    sql("CREATE FUNCTION judge() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN "
        "IF old.id IN (1, 500, 501, 999) THEN " +
        body +
        " END IF; RETURN old; END$$;"
        "CREATE TRIGGER judge BEFORE DELETE ON s FOR EACH ROW EXECUTE FUNCTION judge()");
  }

  void add_children(const std::string& reference) const {
    sql("CREATE TABLE child (s_id bigint REFERENCES s " + reference +
        ");"
        "CREATE INDEX ON child (s_id); INSERT INTO child VALUES (1), (500), (501), (501), (999)");
  }

  std::string ids() const { return sql("SELECT string_agg(id::text, ' ' ORDER BY id) FROM s"); }

  void expect_all_but_the_kept_go() const {
    const auto swept = sweep_all(*table_);
    EXPECT_EQ(swept.deleted, 996U);
    EXPECT_EQ(swept.refused, 4U);
    EXPECT_EQ(swept.locked, 0U);
    EXPECT_EQ(ids(), kKept);
    const auto again = sweep_all(*table_);
    EXPECT_EQ(again.deleted, 0U);
    EXPECT_EQ(again.refused, 4U);
  }

  core::RetentionPolicy policy_;
  std::unique_ptr<PostgresRetentionTable> table_;
};

TEST_F(RetentionRefused, ByAForeignKey) {
  add_children("");
  const auto by_index = table_->sweep_oldest(kAnonymous, "", 2000);
  ASSERT_TRUE(by_index.ok()) << by_index.error().message;
  EXPECT_TRUE(by_index.value().refused);
  EXPECT_EQ(by_index.value().deleted, 0U);
  expect_all_but_the_kept_go();
}

TEST_F(RetentionRefused, ByAForeignKeyThatIsCheckedAtTheCommit) {
  add_children("DEFERRABLE INITIALLY DEFERRED");
  const auto by_index = table_->sweep_oldest(kAnonymous, "", 2000);
  ASSERT_TRUE(by_index.ok()) << by_index.error().message;
  EXPECT_TRUE(by_index.value().refused);
  expect_all_but_the_kept_go();
}

TEST_F(RetentionRefused, ByATriggerThatRaises) {
  add_trigger("RAISE EXCEPTION 'not this one' USING ERRCODE = 'S0123';");
  EXPECT_TRUE(table_->sweep_oldest(kAnonymous, "", 2000).value().refused);
  expect_all_but_the_kept_go();
}

TEST_F(RetentionRefused, ByATriggerThatKeepsSilently) {
  add_trigger("RETURN NULL;");
  expect_all_but_the_kept_go();
  const auto by_index = table_->sweep_oldest(kAnonymous, "", 4);
  ASSERT_TRUE(by_index.ok()) << by_index.error().message;
  const auto next = table_->sweep_oldest(kAnonymous, by_index.value().cursor, 1);
  EXPECT_TRUE(next.value().refused) << "or it would go on for ever";
}

TEST_F(RetentionRefused, ByNobodyWhenARowThatGoesWithItIsLocked) {
  add_children("ON DELETE CASCADE");
  const auto other = open_session();
  run(*other, "BEGIN; UPDATE child SET s_id = s_id WHERE s_id IN (500, 501)");
  EXPECT_TRUE(table_->sweep_oldest(kAnonymous, "", 2000).value().refused);
  const auto swept = sweep_all(*table_);
  EXPECT_EQ(swept.deleted, 998U);
  EXPECT_EQ(swept.locked, 2U);
  EXPECT_EQ(swept.refused, 0U);
  EXPECT_EQ(ids(), "500 501");
  run(*other, "ROLLBACK");
  EXPECT_EQ(sweep_all(*table_).deleted, 2U);
  EXPECT_EQ(sql("SELECT count(*) FROM child"), "0");
}

TEST_F(RetentionRefused, ABrokenTriggerIsNoFaultOfRows) {
  add_trigger("PERFORM no_such_function();");
  const auto swept = table_->sweep_blocks(0, 256);
  ASSERT_FALSE(swept.ok());
  EXPECT_EQ(swept.error().kind, base::Errc::invalid_argument);
  EXPECT_NE(swept.error().message.find("no_such_function"), std::string::npos);
  EXPECT_EQ(sql("SELECT count(*) FROM s"), "1000");
}

}  // namespace
}  // namespace rollcall::postgres

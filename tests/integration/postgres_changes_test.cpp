#include "adapters/postgres/migrations.hpp"
#include "adapters/postgres/roster_store.hpp"
#include "support/postgres_node.hpp"
#include "support/postgres_server.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace rollcall::postgres {
namespace {

using std::chrono::seconds;
using support::PostgresNode;
using support::PostgresServer;

constexpr base::Millis kTtl = std::chrono::minutes(10);
constexpr base::Millis kSlack = seconds(5);  // of a slow machine

class PostgresChanges : public testing::Test {
 protected:
  struct Pass {
    std::map<std::string, core::Change> changes;
    std::optional<base::Millis> reset_age;
    std::string mark;
    int pages = 0;
  };

  static PostgresServer& server() {
    static PostgresServer running;
    static const auto migrated = migrate(running.url());
    EXPECT_TRUE(migrated.ok()) << migrated.error().message;
    return running;
  }

  PostgresChanges() : node(link_options(), {roster, kTtl}) {}

  static LinkOptions link_options() {
    LinkOptions link;
    link.url = server().url();
    link.timeout = seconds(5);
    return link;
  }

  static core::Change change(const std::string& member, bool leave, base::Millis age) {
    return {core::MemberId::parse(member).value(), leave, age};
  }

  base::Status merge(std::vector<core::Change> changes,
                     std::optional<base::Millis> reset_age = {}) {
    return node.wait<base::Done>([&](auto reply) {
      node.store().merge({std::move(changes), reset_age}, std::move(reply));
    });
  }

  Pass pass(const std::string& mark) {
    Pass found;
    std::string cursor;
    do {
      const auto page = node.wait<ports::ChangesPage>(
          [&](auto reply) { node.store().changes(mark, cursor, std::move(reply)); });
      if (!page.ok()) {
        ADD_FAILURE() << page.error().message;
        return found;
      }
      EXPECT_LE(page.value().changes.size(), ports::SharedRosterStore::kMostMerged);
      for (const core::Change& change : page.value().changes) {
        EXPECT_TRUE(found.changes.emplace(change.member.text(), change).second)
            << change.member.text() << " is told twice";
      }
      found.reset_age = page.value().reset_age;
      cursor = page.value().next;
      found.mark = page.value().mark;
      EXPECT_EQ(cursor.empty(), !found.mark.empty());
      ++found.pages;
    } while (!cursor.empty());
    return found;
  }

  std::uint64_t online() {
    const auto answer = node.count();
    EXPECT_TRUE(answer.ok());
    return answer.ok() ? answer.value().online : 0;
  }

  std::string roster = testing::UnitTest::GetInstance()->current_test_info()->name();
  PostgresNode node;
};

TEST_F(PostgresChanges, AMergeIsCountedAndToldAgain) {
  EXPECT_EQ(online(), 0U);
  ASSERT_TRUE(merge({change("ada", false, seconds(60)), change("bob", true, seconds(30)),
                     change("old", false, kTtl + seconds(1))})
                  .ok());
  EXPECT_EQ(online(), 1U) << "without a new count";
  const Pass found = pass("");
  ASSERT_EQ(found.changes.size(), 2U);
  const core::Change& ada = found.changes.at("ada");
  EXPECT_FALSE(ada.leave);
  EXPECT_GE(ada.age, seconds(60)) << "a touch is rounded early";
  EXPECT_LT(ada.age, seconds(60) + kSlack);
  const core::Change& bob = found.changes.at("bob");
  EXPECT_TRUE(bob.leave);
  EXPECT_GT(bob.age, seconds(30) - kSlack);
  EXPECT_LT(bob.age, seconds(30) + kSlack);
  EXPECT_FALSE(found.reset_age);
}

TEST_F(PostgresChanges, TheNextPassFindsWhatWasWrittenSince) {
  ASSERT_TRUE(merge({change("ada", false, seconds(1)), change("bob", false, seconds(1))}).ok());
  const Pass first = pass("");
  EXPECT_EQ(first.changes.size(), 2U);
  EXPECT_TRUE(pass(first.mark).changes.empty());
  ASSERT_TRUE(node.leave("bob").ok());
  ASSERT_TRUE(merge({change("eve", false, seconds(500))}).ok()) << "a copy of an old touch is new";
  const Pass second = pass(first.mark);
  ASSERT_EQ(second.changes.size(), 2U);
  EXPECT_TRUE(second.changes.at("bob").leave);
  EXPECT_FALSE(second.changes.at("eve").leave);
}

TEST_F(PostgresChanges, WhatWasUnderWayIsFoundByTheNextPass) {
  PostgresNode other(link_options(), {roster, kTtl});
  ASSERT_TRUE(node.touch("ada").ok());
  bool ended = false;
  other.link().send({"DO $$BEGIN UPDATE rollcall_members SET last_seen = now() WHERE member = "
                     "'ada'; PERFORM pg_advisory_lock(1); END$$",
                     {}},
                    [&](const base::Result<Rows>& rows) { ended = rows.ok(); });
  const auto lock = node.link_answer({"SELECT pg_advisory_lock(1)", {}});
  ASSERT_TRUE(lock.ok());
  ASSERT_TRUE(other.run_until([&] {
    return server().query(
               "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
               " AND NOT granted") == "1";
  }));
  ASSERT_TRUE(node.touch("bob").ok());
  const Pass first = pass("");
  ASSERT_TRUE(node.link_answer({"SELECT pg_advisory_unlock(1)", {}}).ok());
  ASSERT_TRUE(other.run_until([&] { return ended; }));
  EXPECT_EQ(pass(first.mark).changes.count("ada"), 1U);
}

TEST_F(PostgresChanges, ManyRowsComeInPagesEachOnce) {
  constexpr std::size_t kMembers = 20'000;
  server().query("INSERT INTO rollcall_members SELECT '" + roster +
                 "', 'm' || i, now(), now() FROM generate_series(1, " + std::to_string(kMembers) +
                 ") AS i");
  const Pass first = pass("");
  EXPECT_EQ(first.changes.size(), kMembers);
  EXPECT_GE(first.pages, 20);
  EXPECT_TRUE(pass(first.mark).changes.empty());
}

TEST_F(PostgresChanges, WhoIsNoMemberIsLeftOut) {
  server().query("INSERT INTO rollcall_members VALUES ('" + roster +
                 "', E'line\\nfeed', now(), now()), ('" + roster + "', 'ada', now(), now())");
  const Pass found = pass("");
  ASSERT_EQ(found.changes.size(), 1U);
  EXPECT_EQ(found.changes.begin()->first, "ada");
}

TEST_F(PostgresChanges, AResetIsOneLeaveForAll) {
  ASSERT_TRUE(node.touch("ada").ok());
  EXPECT_EQ(online(), 1U);
  ASSERT_TRUE(
      merge({change("bob", false, seconds(20)), change("eve", false, seconds(5))}, seconds(10))
          .ok());
  EXPECT_EQ(online(), 2U) << "bob's touch was before the reset, ada's after it";
  const Pass found = pass("");
  EXPECT_EQ(found.changes.size(), 2U);
  EXPECT_EQ(found.changes.count("bob"), 0U);
  ASSERT_TRUE(found.reset_age);
  EXPECT_GT(*found.reset_age, seconds(10) - kSlack);
  EXPECT_LT(*found.reset_age, seconds(10) + kSlack);
  ASSERT_TRUE(merge({}, seconds(60)).ok());
  EXPECT_LT(*pass("").reset_age, seconds(10) + kSlack) << "an older reset changes nothing";
}

TEST_F(PostgresChanges, CursorsOfElsewhereAreRefused) {
  for (const char* cursor : {"x", "1;2;3;(0,0", "1;2;3;(0,x)", "1;2;99999999999;(0,0)"}) {
    const auto page = node.wait<ports::ChangesPage>(
        [&](auto reply) { node.store().changes("", cursor, std::move(reply)); });
    ASSERT_FALSE(page.ok()) << cursor;
    EXPECT_EQ(page.error().code, "invalid_cursor");
  }
  const auto page = node.wait<ports::ChangesPage>(
      [&](auto reply) { node.store().changes("a mark", "", std::move(reply)); });
  EXPECT_FALSE(page.ok());
}

class Ears final : public ports::StoreEars {
 public:
  void on_lost() override { ++losses; }
  void on_reset(base::Millis age) override { resets.push_back(age); }

  int losses = 0;
  std::vector<base::Millis> resets;
};

TEST_F(PostgresChanges, AResetByAnotherNodeIsHeard) {
  PostgresRosterOptions options{roster, kTtl};
  options.count_every = base::Millis(0);
  PostgresNode here(link_options(), options);
  Ears ears;
  here.store().listen(ears);
  ASSERT_TRUE(here.touch("ada").ok());
  ASSERT_TRUE(here.wait<base::Done>([&](auto reply) { here.store().reset(reply); }).ok());
  ASSERT_TRUE(here.count().ok());
  EXPECT_TRUE(ears.resets.empty()) << "its own is no news";
  ASSERT_TRUE(node.wait<base::Done>([&](auto reply) { node.store().reset(reply); }).ok());
  ASSERT_TRUE(here.count().ok());
  ASSERT_TRUE(here.count().ok());
  ASSERT_EQ(ears.resets.size(), 1U);
  EXPECT_LT(ears.resets[0], kSlack);
  EXPECT_EQ(ears.losses, 0);
}

class PostgresProbe : public PostgresChanges {
 protected:
  base::Status probe(PostgresNode& probed) {
    return probed.wait<base::Done>([&](auto reply) { probed.store().probe(std::move(reply)); });
  }

  static LinkOptions link_as(const std::string& role) {
    LinkOptions link = link_options();
    link.url = server().url_as(role, "plain");
    return link;
  }
};

TEST_F(PostgresProbe, IsGoodAndWritesNothing) {
  ASSERT_TRUE(probe(node).ok());
  const std::string before = server().query("SELECT pg_current_wal_insert_lsn()");
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(probe(node).ok());
  EXPECT_EQ(server().query("SELECT pg_current_wal_insert_lsn()"), before);
}

TEST_F(PostgresProbe, MissingPrivilegesAreNamed) {
  server().query("CREATE ROLE reader LOGIN PASSWORD 'plain'");
  server().query("GRANT SELECT, INSERT ON rollcall_members, rollcall_rosters TO reader");
  PostgresNode reader(link_as("reader"), {roster, kTtl});
  const base::Status refused = probe(reader);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, base::Errc::unavailable);
  EXPECT_NE(refused.error().message.find("UPDATE on rollcall_members"), std::string::npos)
      << refused.error().message;
  server().query("GRANT UPDATE ON rollcall_members, rollcall_rosters TO reader");
  EXPECT_TRUE(probe(reader).ok());
}

TEST_F(PostgresProbe, ARoleThatMayOnlyReadIsNoGood) {
  server().query("CREATE ROLE read_only LOGIN PASSWORD 'plain'");
  server().query("GRANT ALL ON rollcall_members, rollcall_rosters TO read_only");
  server().query("ALTER ROLE read_only SET default_transaction_read_only = on");
  PostgresNode reader(link_as("read_only"), {roster, kTtl});
  const base::Status refused = probe(reader);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("takes no writes"), std::string::npos);
}

}  // namespace
}  // namespace rollcall::postgres

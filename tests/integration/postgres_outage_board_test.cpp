#include "adapters/postgres/migrations.hpp"
#include "adapters/postgres/outage_board.hpp"
#include "support/postgres_node.hpp"
#include "support/postgres_server.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace rollcall::postgres {
namespace {

using support::PostgresNode;
using support::PostgresServer;

class PostgresBoard : public testing::Test {
 protected:
  using Entries = std::vector<core::OutageEntry>;

  static PostgresServer& server() {
    static PostgresServer running;
    static const auto migrated = migrate(running.url());
    EXPECT_TRUE(migrated.ok()) << migrated.error().message;
    return running;
  }

  static LinkOptions link_options() {
    LinkOptions link;
    link.url = server().url();
    link.timeout = std::chrono::seconds(5);
    return link;
  }

  Entries exchange(const std::string& place, std::optional<core::OutageEntry> own,
                   const std::string& of = "") {
    const auto entries = node.wait<Entries>([&](auto reply) {
      board.exchange(of.empty() ? roster : of, place, own, std::move(reply));
    });
    if (entries.ok()) return entries.value();
    ADD_FAILURE() << entries.error().message;
    return {};
  }

  static std::string wal_position() {
    return server().query("SELECT pg_current_wal_insert_lsn()");
  }

  std::string roster = testing::UnitTest::GetInstance()->current_test_info()->name();
  PostgresNode node{link_options(), {"board", std::chrono::minutes(1)}};
  PostgresOutageBoard board{node.link()};
};

TEST_F(PostgresBoard, APlaceHearsOfTheOthersOnly) {
  EXPECT_TRUE(exchange("a", core::OutageEntry{true, false}).empty());
  const Entries heard = exchange("b", core::OutageEntry{false, true});
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_TRUE(heard[0].away);
  EXPECT_FALSE(heard[0].seeded);
  EXPECT_EQ(exchange("c", std::nullopt).size(), 2U);
  EXPECT_TRUE(exchange("c", std::nullopt, "another roster").empty());
  EXPECT_FALSE(exchange("a", core::OutageEntry{true, true}).front().away);
  EXPECT_EQ(exchange("a", std::nullopt).size(), 1U);
  EXPECT_EQ(exchange("c", std::nullopt).size(), 1U) << "a is off the board";
}

TEST_F(PostgresBoard, AnEntryEndsWithItsLease) {
  exchange("a", core::OutageEntry{true, true});
  EXPECT_EQ(exchange("b", std::nullopt).size(), 1U);
  const std::string left = server().query(
      "SELECT extract(epoch FROM until - now()) FROM "
      "rollcall_outages WHERE roster = '" +
      roster + "'");
  EXPECT_GT(std::stod(left), 5.0);
  EXPECT_LE(std::stod(left), 10.0);
  server().query("UPDATE rollcall_outages SET until = now() - interval '1 ms' WHERE roster = '" +
                 roster + "'");
  EXPECT_TRUE(exchange("b", std::nullopt).empty());
  exchange("a", core::OutageEntry{true, true});
  EXPECT_EQ(exchange("b", std::nullopt).size(), 1U) << "it is renewed";
}

TEST_F(PostgresBoard, WhoHasNothingToSayWritesNothing) {
  exchange("a", core::OutageEntry{true, true});
  exchange("a", std::nullopt);
  exchange("b", std::nullopt);
  const std::string before = wal_position();
  for (int i = 0; i < 1000; ++i) exchange("a", std::nullopt);
  EXPECT_EQ(wal_position(), before);
  exchange("a", core::OutageEntry{true, true});
  EXPECT_NE(wal_position(), before);
}

}  // namespace
}  // namespace rollcall::postgres

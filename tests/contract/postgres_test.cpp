#include "adapters/postgres/migrations.hpp"
#include "contract/shared_store_contract.hpp"
#include "support/postgres_node.hpp"
#include "support/postgres_server.hpp"

#include <chrono>
#include <memory>

namespace rollcall::contract {
namespace {

constexpr base::Millis kTtl = std::chrono::minutes(1);

const support::PostgresServer& server() {
  static const support::PostgresServer running;
  static const auto migrated = postgres::migrate(running.url());
  EXPECT_TRUE(migrated.ok()) << migrated.error().message;
  return running;
}

// With a patience that the machine of a test run needs, and a roster of its own.
class PostgresHarness : public StoreHarness {
 public:
  PostgresHarness(std::size_t nodes, base::Millis count_every, bool has_table = false) {
    static int number = 0;
    const std::string roster = "contract-" + std::to_string(++number);
    if (has_table) {
      server().query("CREATE TABLE \"" + roster +
                     "\" (session_id text PRIMARY KEY, last_activity timestamp NOT NULL)");
    }
    for (std::size_t i = 0; i < nodes; ++i) {
      postgres::LinkOptions link;
      link.url = server().url();
      link.timeout = std::chrono::seconds(5);
      postgres::PostgresRosterOptions options{roster, kTtl};
      options.count_every = count_every;
      if (has_table) options.sessions_table = roster;
      nodes_.push_back(std::make_unique<support::PostgresNode>(link, options));
    }
  }

  ports::RosterStore& node(std::size_t index) override { return nodes_[index]->store(); }
  void pump() override {
    for (const auto& node : nodes_) node->pump();
  }
  core::Source source() const override { return core::Source::postgres; }
  base::Millis ttl() const override { return kTtl; }

 private:
  std::vector<std::unique_ptr<support::PostgresNode>> nodes_;
};

// Counted once: every later answer is what the node adds and takes off by itself.
class OneNode final : public PostgresHarness {
 public:
  OneNode() : PostgresHarness(1, std::chrono::hours(1)) {}
  bool shared() const override { return false; }
  bool counts_at_once() const override { return true; }
};

class TwoNodes final : public PostgresHarness {
 public:
  explicit TwoNodes(bool has_table) : PostgresHarness(2, base::Millis(100), has_table) {}
  bool shared() const override { return true; }
  bool counts_at_once() const override { return false; }
};

const auto kFactories = testing::Values(
    StoreFactory{"one_node", [] { return std::make_unique<OneNode>(); }},
    StoreFactory{"two_nodes", [] { return std::make_unique<TwoNodes>(false); }},
    StoreFactory{"sessions_table", [] { return std::make_unique<TwoNodes>(true); }});

INSTANTIATE_TEST_SUITE_P(Postgres, RosterStoreContract, kFactories, name_of_factory);
INSTANTIATE_TEST_SUITE_P(Postgres, SharedStoreContract, kFactories, name_of_factory);

}  // namespace
}  // namespace rollcall::contract

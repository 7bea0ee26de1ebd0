#include "adapters/redis/link.hpp"
#include "adapters/redis/roster_store.hpp"
#include "base/log.hpp"
#include "contract/shared_store_contract.hpp"
#include "support/redis_server.hpp"

#include <array>
#include <chrono>
#include <memory>

#include <boost/asio/io_context.hpp>

namespace rollcall::contract {
namespace {

using namespace std::chrono_literals;

// One server for the whole suite; each harness empties it.
support::RedisServer& server() {
  static support::RedisServer started;
  return started;
}

redis::LinkOptions patient_link() {
  redis::LinkOptions options;
  options.endpoint = server().endpoint();
  options.command_timeout = 5s;  // the suite asks what is answered, not how soon
  return options;
}

redis::RedisRosterOptions roster(redis::ScoreUnit unit) {
  redis::RedisRosterOptions options;
  options.layout = {"online_sessions", 15min, unit, base::Millis(0)};
  options.batch_members = 100;
  return options;
}

struct Node {
  Node(redis::ScoreUnit unit, boost::asio::io_context& context, const base::Logger& logger)
      : link(patient_link(), context, logger), store(roster(unit), link, context, logger) {
    link.start();
  }

  redis::Link link;
  redis::RedisRosterStore store;
};

class RedisHarness final : public StoreHarness {
 public:
  explicit RedisHarness(redis::ScoreUnit unit) {
    server().command({"FLUSHALL"});
    for (auto& node : nodes_) node = std::make_unique<Node>(unit, context_, logger_);
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (!is_ready() && std::chrono::steady_clock::now() < deadline) pump();
  }

  bool is_ready() const { return nodes_[0]->link.is_up() && nodes_[1]->link.is_up(); }

  ports::RosterStore& node(std::size_t index) override { return nodes_.at(index)->store; }
  void pump() override {
    if (context_.poll() == 0) context_.run_one_for(10ms);
  }
  core::Source source() const override { return core::Source::redis; }
  base::Millis ttl() const override { return 15min; }
  bool shared() const override { return true; }
  bool counts_at_once() const override { return true; }

 private:
  base::Logger logger_{2, base::LogLevel::error};
  boost::asio::io_context context_{1};
  std::array<std::unique_ptr<Node>, 2> nodes_;
};

std::unique_ptr<StoreHarness> make(redis::ScoreUnit unit) {
  auto harness = std::make_unique<RedisHarness>(unit);
  return harness->is_ready() ? std::move(harness) : nullptr;
}

const auto kFactories = testing::Values(
    StoreFactory{"milliseconds", [] { return make(redis::ScoreUnit::milliseconds); }},
    StoreFactory{"seconds", [] { return make(redis::ScoreUnit::seconds); }});

INSTANTIATE_TEST_SUITE_P(Redis, RosterStoreContract, kFactories, name_of_factory);
INSTANTIATE_TEST_SUITE_P(Redis, SharedStoreContract, kFactories, name_of_factory);

}  // namespace
}  // namespace rollcall::contract

#include "adapters/redis/link.hpp"
#include "adapters/redis/node_registry.hpp"
#include "adapters/redis/presence_store.hpp"
#include "base/log.hpp"
#include "contract/presence_store_contract.hpp"
#include "support/redis_server.hpp"

#include <algorithm>
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

// A node of one shard.
struct PresenceNode {
  PresenceNode(boost::asio::io_context& context, const base::Logger& logger)
      : link(patient_link(), context, logger),
        store({uuid, 0, "presence:", 5min}, link),
        registry({uuid, "contract", "presence:", 5min}, link, logger) {
    link.start();
  }

  core::Uuid uuid = core::Uuid::random();
  redis::Link link;
  redis::RedisPresenceStore store;
  redis::RedisNodeRegistry registry;
  bool registered = false;
};

class RedisPresenceHarness final : public PresenceHarness {
 public:
  RedisPresenceHarness() {
    server().command({"FLUSHALL"});
    for (auto& node : nodes_) node = std::make_unique<PresenceNode>(context_, logger_);
    pump_until([&] { return all([](const PresenceNode& node) { return node.link.is_up(); }); });
    for (auto& node : nodes_) {
      node->registry.renew([&node](const auto& reply) { node->registered = reply.ok(); });
    }
    pump_until([&] { return is_ready(); });
  }

  bool is_ready() const {
    return all([](const PresenceNode& node) { return node.registered; });
  }

  ports::PresenceStore& node(std::size_t index) override { return nodes_.at(index)->store; }
  bool shared() const override { return true; }
  void pump() override {
    context_.restart();
    if (context_.poll() == 0) context_.run_one_for(10ms);
  }

 private:
  template <typename Test>
  bool all(Test test) const {
    return std::ranges::all_of(nodes_, [&](const auto& node) { return test(*node); });
  }
  template <typename Condition>
  void pump_until(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (!condition() && std::chrono::steady_clock::now() < deadline) pump();
  }

  base::Logger logger_{2, base::LogLevel::error};
  boost::asio::io_context context_{1};
  std::array<std::unique_ptr<PresenceNode>, kNodes> nodes_;
};

std::unique_ptr<PresenceHarness> make() {
  auto harness = std::make_unique<RedisPresenceHarness>();
  return harness->is_ready() ? std::move(harness) : nullptr;
}

INSTANTIATE_TEST_SUITE_P(Redis, PresenceStoreContract,
                         testing::Values(PresenceFactory{"nodes", make}),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace rollcall::contract

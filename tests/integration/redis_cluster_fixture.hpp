#pragma once

#include "adapters/redis/message_bus.hpp"
#include "adapters/redis/node_registry.hpp"
#include "adapters/redis/presence_store.hpp"
#include "integration/redis_fixture.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace rollcall::integration {

// What a bus tells, in order.
class Heard final : public ports::MessageBus::Listener {
 public:
  void on_user_item(const core::UserId& user, ports::UserItem item) override {
    items.emplace_back(user.text(), std::move(item));
  }
  void on_broadcast(const core::MessagePtr& message) override {
    broadcasts.push_back(message->bytes);
  }
  void on_answer(ports::Answer answer) override { answers.push_back(std::move(answer)); }
  void on_up() override { ++ups; }
  void on_down() override { ++downs; }

  // The messages for users, as "user: text".
  std::vector<std::string> messages() const {
    std::vector<std::string> texts;
    for (const auto& [user, item] : items) {
      const auto* message = std::get_if<core::MessagePtr>(&item);
      if (message != nullptr) texts.push_back(user + ": " + (*message)->bytes);
    }
    return texts;
  }
  std::vector<core::PresenceEvent> events() const {
    std::vector<core::PresenceEvent> events;
    for (const auto& [_, item] : items) {
      const auto* event = std::get_if<core::PresenceEvent>(&item);
      if (event != nullptr) events.push_back(*event);
    }
    return events;
  }

  std::vector<std::pair<std::string, ports::UserItem>> items;
  std::vector<std::string> broadcasts;
  std::vector<ports::Answer> answers;
  int ups = 0;
  int downs = 0;
};

struct NodePlan {
  redis::LinkOptions link;
  base::Millis ttl{300'000};
  base::Millis lease{10'000};
  std::size_t reap_batch = 200;
  redis::MessageBusOptions bus;
};

// A node of one shard, as far as Redis is concerned.
struct ClusterNode {
  ClusterNode(const NodePlan& plan, boost::asio::io_context& context, const base::Logger& logger)
      : link(plan.link, context, logger),
        store({uuid, 0, "presence:", plan.ttl}, link),
        registry({uuid, "node", "presence:", plan.ttl, plan.lease, plan.reap_batch}, link, logger),
        bus(bus_options(plan), link, context, logger) {
    bus.listen(heard);
    link.start();
    bus.start();
  }

  redis::MessageBusOptions bus_options(const NodePlan& plan) const {
    redis::MessageBusOptions options = plan.bus;
    options.node = uuid;
    if (options.subscriber.session.endpoint.host.empty()) options.subscriber.session = plan.link;
    return options;
  }

  core::Uuid uuid = core::Uuid::random();
  std::string name = uuid.text();
  Heard heard;
  redis::Link link;
  redis::RedisPresenceStore store;
  redis::RedisNodeRegistry registry;
  redis::RedisMessageBus bus;
};

// Nodes on one server, in one loop, with their calls waited for.
class RedisCluster : public RedisFixture {
 protected:
  explicit RedisCluster(std::vector<std::string> server_arguments = {})
      : server_(std::move(server_arguments)) {}

  NodePlan plan() const {
    NodePlan plan;
    plan.link = options_for(server_);
    return plan;
  }

  std::unique_ptr<ClusterNode> make_node(const NodePlan& plan) {
    auto node = std::make_unique<ClusterNode>(plan, context(), logger());
    run_until([&] { return node->link.is_up() && node->bus.is_up(); });
    EXPECT_TRUE(renew(*node).ok());
    return node;
  }
  std::unique_ptr<ClusterNode> make_node() { return make_node(plan()); }

  base::Result<bool> renew(ClusterNode& node) {
    return wait<bool>([&](auto reply) { node.registry.renew(std::move(reply)); });
  }
  base::Result<ports::Standing> hold(ClusterNode& node, std::string_view who,
                                     std::uint32_t connections,
                                     core::Reason reason = core::Reason::connected,
                                     base::Millis grace = base::Millis{0}) {
    return wait<ports::Standing>([&](auto reply) {
      node.store.hold({member(who), connections, 0, reason, grace, 0}, std::move(reply));
    });
  }
  base::Result<ports::Standing> settle(ClusterNode& node, std::string_view who) {
    return wait<ports::Standing>(
        [&](auto reply) { node.store.settle(member(who), std::move(reply)); });
  }
  ports::Standing look_up(ClusterNode& node, std::string_view who) {
    using Standings = std::vector<ports::Standing>;
    auto standings =
        wait<Standings>([&](auto reply) { node.store.look_up({member(who)}, std::move(reply)); });
    EXPECT_TRUE(standings.ok());
    return standings.ok() ? standings.value().at(0) : ports::Standing{};
  }
  std::vector<core::PresenceEvent> reap(ClusterNode& node) {
    auto events = wait<std::vector<core::PresenceEvent>>(
        [&](auto reply) { node.registry.reap(std::move(reply)); });
    EXPECT_TRUE(events.ok());
    return events.ok() ? events.value() : std::vector<core::PresenceEvent>{};
  }
  bool subscribe(ClusterNode& node, std::string_view who) {
    return wait<base::Done>([&](auto reply) { node.bus.subscribe(member(who), std::move(reply)); })
        .ok();
  }
  base::Result<ports::Reach> send(ClusterNode& node, std::string_view who, std::string text) {
    return wait<ports::Reach>(
        [&](auto reply) { node.bus.send(member(who), core::make_text(text), std::move(reply)); });
  }

  std::string text(const std::vector<std::string>& words) { return server_.command(words).text; }
  std::int64_t number(const std::vector<std::string>& words) {
    return server_.command(words).integer;
  }
  bool is_indexed(const ClusterNode& node, const std::string& who) {
    return !text({"ZSCORE", "rollcall:node:" + node.name + ":users", who}).empty();
  }

  std::int64_t subscribers(const std::string& channel) {
    return server_.command({"PUBSUB", "NUMSUB", channel}).elements.at(1).integer;
  }
  // A message of another program arrives, so that whatever was published before has.
  bool hears(ClusterNode& node, const std::string& who) {
    const auto before = node.heard.items.size();
    server_.command({"PUBLISH", "rollcall:user:" + who, R"({"message":"probe"})"});
    return run_until([&] { return node.heard.items.size() > before; });
  }

  support::RedisServer server_;
};

}  // namespace rollcall::integration

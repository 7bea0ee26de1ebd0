#include "app/compose.hpp"

#include <random>
#include <thread>
#include <utility>

#include "app/scrape.hpp"

namespace rollcall::app {
namespace {

http::Limits limits_of(const Config& config) {
  const LimitsConfig& limits = config.limits;
  return {limits.connections,        limits.header_bytes,   limits.body_bytes,
          limits.pipelined_bytes,    limits.output_bytes,   limits.first_byte_timeout,
          limits.header_timeout,     limits.body_timeout,   limits.idle_timeout,
          limits.write_timeout,      config.server.request_deadline};
}

std::size_t threads_of(const Config& config) {
  if (config.server.threads > 0) return config.server.threads;
  return std::max(1U, std::thread::hardware_concurrency());
}

http::Operations operations_of(Node& node, const ShardStores& stores) {
  return {[&node] { return node.draining.load(); }, [&stores] { return stores.degraded(); },
          [&node] { return scrape(node); }};
}

// The rosters of one shard need the stores of all, so they come when all stores stand.
void add_rosters(Node& node, std::size_t index) {
  Shard& shard = *node.shards[index];
  const std::vector<RosterPlan> plans = roster_plans(node.config);
  std::vector<service::Roster*> rosters;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    std::vector<ports::RosterStore*> stores;
    for (const auto& each : node.shards) stores.push_back(&each->stores.store(i));
    shard.rosters.push_back(std::make_unique<service::Roster>(
        service::Roster::Options{plans[i].name, plans[i].ttl}, index, node.mesh, node.stores.hash,
        std::move(stores)));
    rosters.push_back(shard.rosters.back().get());
  }
  if (index == 0) shard.census = std::make_unique<Census>(shard.loop, rosters);
  shard.heartbeat =
      std::make_unique<service::Heartbeat>(*shard.rosters.front(), std::random_device()());
  shard.session_routes = std::make_unique<http::SessionRoutes>(
      http::SessionRules{node.config.sessions.cookie}, *shard.heartbeat, node.session_limits,
      *node.stores.clock);
  shard.roster_routes = std::make_unique<http::RosterRoutes>(rosters);
  shard.session_routes->add_to(shard.api.router());
  shard.roster_routes->add_to(shard.api.router());
  shard.operation_routes.add_to(shard.api.router(), http::Access::api_key);
  http::add_page_routes(shard.api.router());
}

// Metrics on a port of their own, which the operator keeps to himself: no key.
void add_admin(Node& node) {
  if (node.config.server.admin_listen.empty()) return;
  Shard& shard = *node.shards.front();
  shard.admin_api = std::make_unique<http::Api>(std::make_shared<http::AccessRules>());
  shard.operation_routes.add_to(shard.admin_api->router(), http::Access::open);
  shard.admin_server =
      std::make_unique<http::Server>(shard.loop, shard.poller, node.limits, node.admin_connections,
                                     *shard.admin_api, nullptr);
}

}  // namespace

Node::Node(Config settings, const base::Logger& log, std::size_t threads, SharedStores shared)
    : config(std::move(settings)),
      logger(log),
      limits(limits_of(config)),
      connections(config.server.connections_per_address),
      admin_connections(0),
      session_limits{{config.sessions.rate_limit, base::Millis(1000),
                      config.limits.tracked_addresses},
                     {config.sessions.minted_per_minute, base::Millis(60'000),
                      config.limits.tracked_addresses}},
      stores(std::move(shared)),
      mesh(threads) {}

Shard::Shard(Node& node, std::size_t index, std::shared_ptr<const http::AccessRules> rules)
    : loop(node.mesh.loop(index)),
      poller(loop),
      stores(node.config, node.stores, index, node.mesh.size(), loop, node.logger),
      operation_routes(operations_of(node, stores)),
      api(std::move(rules)),
      server(loop, poller, node.limits, node.connections, api, node.tls.get()) {}

base::Result<std::unique_ptr<Node>> compose(const Config& config, const base::Logger& logger,
                                            std::shared_ptr<const http::AccessRules> rules) {
  const std::size_t threads = threads_of(config);
  auto shared = open_shared_stores(config, threads, logger);
  if (!shared) return std::move(shared).error();
  auto node = std::make_unique<Node>(config, logger, threads, std::move(shared).value());
  if (!config.server.tls.certificate_file.empty()) {
    auto tls = net::make_server_tls(config.server.tls.certificate_file,
                                    config.server.tls.private_key_file);
    if (!tls) return std::move(tls).error();
    node->tls = std::move(tls).value();
  }
  for (std::size_t i = 0; i < threads; ++i) {
    node->shards.push_back(std::make_unique<Shard>(*node, i, rules));
  }
  for (std::size_t i = 0; i < threads; ++i) add_rosters(*node, i);
  add_admin(*node);
  std::vector<ShardStores*> stores;
  for (const auto& shard : node->shards) stores.push_back(&shard->stores);
  auto restored = restore_members(node->config, node->stores, stores);
  if (!restored) return std::move(restored).error();
  if (node->stores.journal) {
    logger.info("members restored from the journal", {{"live", restored.value()}});
  }
  return node;
}

}  // namespace rollcall::app

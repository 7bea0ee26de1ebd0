#include "app/node/compose.hpp"

#include "app/node/node_status.hpp"
#include "app/node/scrape.hpp"
#include "transport/http/page_routes.hpp"
#include "transport/ws/routes.hpp"

#include <algorithm>
#include <random>
#include <set>
#include <thread>
#include <utility>

namespace rollcall::app {
namespace {

http::Limits limits_of(const Config& config) {
  const LimitsConfig& limits = config.limits;
  return {limits.connections,     limits.header_bytes,           limits.body_bytes,
          limits.pipelined_bytes, limits.output_bytes,           limits.first_byte_timeout,
          limits.header_timeout,  limits.body_timeout,           limits.idle_timeout,
          limits.write_timeout,   config.server.request_deadline};
}

ws::Options socket_options(const Node& node) {
  const RealtimeConfig& realtime = node.config.realtime;
  ws::Options options;
  options.node_name = node.identity.name;
  options.ping = realtime.ping;
  options.pong_wait = realtime.pong_wait;
  options.queue = {realtime.queue_messages, realtime.queue_bytes};
  options.max_message = realtime.max_message;
  options.watched_users = realtime.watched_users;
  return options;
}

std::size_t threads_of(const Config& config) {
  if (config.server.threads > 0) return config.server.threads;
  return std::max(1U, std::thread::hardware_concurrency());
}

// A store that is up may still refuse what a roster needs: it is degraded too. A bus is down with
// its Redis: that is told once.
std::vector<std::string> degraded(const Node& node) {
  using State = core::Handover::State;
  std::set<std::string> names;
  for (const auto& [roster, state] : unsettled_rosters(node)) {
    if (state == State::recovering) continue;
    names.emplace(core::name_of(configured_source(node.config)));
  }
  bool is_deaf = false;
  for (const auto& shard : node.shards) {
    names.merge(shard->stores.degraded());
    is_deaf = is_deaf || shard->realtime.is_deaf();
  }
  if (is_deaf && !names.contains("redis")) names.emplace("realtime_bus");
  return {names.begin(), names.end()};
}

bool is_wedged(const Node& node) {
  return std::ranges::any_of(node.shards,
                             [](const auto& shard) { return shard->realtime.is_wedged(); });
}

// `tell` looks on the first shard's thread, and `reply` is called on that of `asker`.
template <typename Tell>
void ask_insight(Node& node, std::size_t asker, std::function<void(std::string)> reply,
                 Tell tell) {
  node.mesh.post(0, [&node, asker, reply = std::move(reply), tell] {
    node.mesh.post(asker, [reply, told = tell(*node.shards.front()->insight)] { reply(told); });
  });
}

http::Operations operations_of(Node& node, std::size_t shard) {
  return {[&node] { return node.draining.load(); },
          [&node] { return degraded(node); },
          [&node] { return is_wedged(node); },
          [&node] { return unsettled_rosters(node); },
          [&node] { return scrape(node); },
          [&node, shard](auto reply) { gather_status(node, shard, std::move(reply)); },
          [&node, shard](auto reply) {
            ask_insight(node, shard, std::move(reply), [](const Insight& insight) {
              return http::history_json(insight.history());
            });
          },
          [&node, shard](auto reply) {
            ask_insight(node, shard, std::move(reply), [](const Insight& insight) {
              return http::cluster_json(insight.cluster());
            });
          }};
}

// PostgreSQL's count is kept up between queries by the one who makes the changes: one store a
// node.
std::size_t shards_with_stores(const Node& node) {
  return configured_source(node.config) == core::Source::postgres ? 1 : node.shards.size();
}

// A roster has its stores on several shards, and each shard sees all of them.
void add_roster(Node& node, const RosterPlan& plan) {
  const auto counts = std::make_shared<core::ShardCounts>(shards_with_stores(node));
  std::vector<ports::RosterStore*> stores;
  for (std::size_t i = 0; i < counts->size(); ++i) {
    stores.push_back(&node.shards[i]->stores.add(plan, counts, node.shards.front()->stores));
  }
  for (std::size_t i = 0; i < node.shards.size(); ++i) {
    node.shards[i]->rosters.push_back(std::make_unique<service::Roster>(
        service::Roster::Options{plan.name, plan.ttl}, i, node.mesh, node.stores.hash, stores));
  }
  node.plans.push_back(plan);
}

// The rosters that requests may name; one that was removed keeps its stores, for replies under
// way.
void route_rosters(Node& node, const std::vector<RosterPlan>& served) {
  for (const auto& shard : node.shards) {
    std::vector<service::Roster*> rosters;
    for (const RosterPlan& plan : served) {
      const auto at = std::ranges::find(node.plans, plan.name, &RosterPlan::name);
      rosters.push_back(shard->rosters[static_cast<std::size_t>(at - node.plans.begin())].get());
    }
    if (shard->census) shard->census->replace(rosters);
    shard->roster_routes.serve(rosters);
  }
}

void add_routes(Node& node, Shard& shard) {
  shard.heartbeat =
      std::make_unique<service::Heartbeat>(*shard.rosters.front(), std::random_device()());
  shard.session_routes = std::make_unique<http::SessionRoutes>(
      http::SessionRules{node.config.sessions.cookie}, *shard.heartbeat, node.session_limits,
      *node.stores.clock, shard.loop);
  shard.session_routes->add_to(shard.api.router());
  shard.roster_routes.add_to(shard.api.router());
  shard.operation_routes.add_to(shard.api.router(), http::Access::api_key);
  http::add_page_routes(shard.api.router());
  http::add_dashboard_routes(shard.api.router());
  shard.realtime.routes().add_to(shard.api.router());
  ws::add_realtime_route(shard.api.router(), shard.sockets);
  ws::add_dashboard_route(shard.api.router(), shard.sockets, http::Access::key_socket);
  if (node.config.echo) ws::add_echo_route(shard.api.router(), shard.sockets);
}

base::Result<auth::Identity> check_token(const Shard& shard, const base::Clock& clock,
                                         std::string_view token) {
  const http::AccessRules& rules = shard.api.rules();
  if (rules.verifier) return rules.verifier->verify(token, clock.now());
  return base::Error{base::Errc::unauthenticated, "token_not_configured",
                     "no key is configured that could verify a token"};
}

void tell_routes(const Node& node, Shard& shard) {
  for (const http::Route& route : shard.api.router().routes()) {
    node.logger.debug("route", {{"method", http::name_of(route.method)}, {"path", route.path}});
  }
}

// Every shard's sockets reach the users of all shards.
void wire_realtime(Node& node) {
  std::vector<RealtimePart*> parts;
  for (const auto& shard : node.shards) parts.push_back(&shard->realtime);
  for (RealtimePart* part : parts) part->make_home(parts, node.mesh, node.stores.hash);
  for (const auto& shard : node.shards) {
    shard->realtime.make_realtime(parts, node.mesh, node.stores.hash,
                                  [&node, &own = *shard](std::string_view token) {
                                    return check_token(own, node.system_clock, token);
                                  });
  }
  parts.front()->take_duties(parts, node.mesh, node.stores.hash);
}

void add_refreshes(Node& node) {
  Shard& first = *node.shards.front();
  for (const RefreshConfig& refresh : node.config.refreshes) {
    const auto at = std::ranges::find(node.plans, refresh.roster, &RosterPlan::name);
    service::Roster& roster = *first.rosters[static_cast<std::size_t>(at - node.plans.begin())];
    first.realtime.duties()->add_refresh(refresh, roster, first.realtime.realtime());
  }
}

// Metrics on a port of their own, which the operator keeps to himself: no key.
void add_admin(Node& node) {
  if (node.config.server.admin_listen.empty()) return;
  Shard& shard = *node.shards.front();
  shard.admin_api =
      std::make_unique<http::Api>(std::make_shared<http::AccessRules>(), node.system_clock);
  shard.operation_routes.add_to(shard.admin_api->router(), http::Access::open);
  http::add_dashboard_routes(shard.admin_api->router());
  ws::add_dashboard_route(shard.admin_api->router(), shard.sockets, http::Access::open);
  shard.admin_server = std::make_unique<http::Server>(
      shard.loop, shard.poller, node.limits, node.admin_connections, *shard.admin_api, nullptr);
}

}  // namespace

Node::Node(Config settings, const base::Logger& log, std::size_t threads, SharedStores shared)
    : config(std::move(settings)),
      logger(log),
      identity(node_identity(config)),
      uuid(identity.id.text()),
      limits(limits_of(config)),
      connections(config.server.connections_per_address),
      admin_connections(0),
      session_limits{
          {config.sessions.rate_limit, base::Millis(1000), config.limits.tracked_addresses},
          {config.sessions.minted_per_minute, base::Millis(60'000),
           config.limits.tracked_addresses}},
      stores(std::move(shared)),
      mesh(threads),
      started(stores.clock->now()),
      retention(*stores.clock, logger) {}

Shard::Shard(Node& node, std::size_t index, std::shared_ptr<const http::AccessRules> rules)
    : loop(node.mesh.loop(index)),
      poller(loop),
      stores({node.config, node.uuid, index, node.stores, node.mesh, loop, node.logger}),
      operation_routes(operations_of(node, index)),
      api(std::move(rules), node.system_clock),
      sockets(loop, poller, socket_options(node), *node.stores.clock,
              static_cast<std::uint32_t>(index)),
      realtime({node.config, node.identity, index, stores.redis_link(), *node.stores.clock, loop,
                node.logger, sockets, node.started, [&node] { return open_websockets(node); }}),
      server(loop, poller, node.limits, node.connections, api, node.tls.get()) {}

base::Status update_rosters(Node& node, const Config& config) {
  const std::vector<RosterPlan> wanted = roster_plans(config);
  std::vector<RosterPlan> added;
  for (const RosterPlan& plan : wanted) {
    const auto known = std::ranges::find(node.plans, plan.name, &RosterPlan::name);
    if (known == node.plans.end()) {
      added.push_back(plan);
    } else if (*known != plan) {
      return base::Error{
          base::Errc::invalid_argument, "roster_changed",
          "the roster " + plan.name + " has other settings now: restart to use them"};
    }
  }
  for (const RosterPlan& plan : added) add_roster(node, plan);
  route_rosters(node, wanted);
  return base::Done{};
}

base::Result<std::unique_ptr<Node>> compose(const Config& config, const base::Logger& logger,
                                            std::shared_ptr<const http::AccessRules> rules) {
  const std::size_t threads = threads_of(config);
  auto shared = open_shared_stores(config, logger);
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
  node->shards.front()->census = std::make_unique<Census>(node->mesh.loop(0));
  Insight& insight = *(node->shards.front()->insight = std::make_unique<Insight>(*node));
  for (const auto& shard : node->shards) shard->sockets.attach(insight.audience());
  const std::vector<RosterPlan> plans = roster_plans(config);
  for (const RosterPlan& plan : plans) add_roster(*node, plan);
  wire_realtime(*node);
  add_refreshes(*node);
  for (const auto& shard : node->shards) add_routes(*node, *shard);
  tell_routes(*node, *node->shards.front());
  route_rosters(*node, plans);
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

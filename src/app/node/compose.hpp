#pragma once

#include "app/config/config.hpp"
#include "app/node/census.hpp"
#include "app/node/insight.hpp"
#include "app/node/loop_mesh.hpp"
#include "app/node/realtime_part.hpp"
#include "app/node/retention_worker.hpp"
#include "app/node/stores.hpp"
#include "base/log.hpp"
#include "service/heartbeat.hpp"
#include "service/roster.hpp"
#include "transport/http/api.hpp"
#include "transport/http/operation_routes.hpp"
#include "transport/http/roster_routes.hpp"
#include "transport/http/server.hpp"
#include "transport/http/session_routes.hpp"
#include "transport/net/poller.hpp"
#include "transport/ws/server.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace rollcall::app {

struct Shard;

// What belongs to the process as a whole; every shard refers to it.
struct Node {
  Config config;
  const base::Logger& logger;
  NodeIdentity identity;
  std::string uuid;  // the identity's, as text
  http::Limits limits;
  http::SharedLimits connections;
  http::SharedLimits admin_connections;
  http::SessionLimits session_limits;
  net::TlsContext tls;
  SharedStores stores;
  LoopMesh mesh;
  base::WallTime started;
  std::vector<RosterPlan> plans;  // of every roster that has stores, in the stores' order
  base::SystemClock system_clock;
  RetentionWorker retention;
  std::atomic<bool> draining{false};
  std::vector<std::unique_ptr<Shard>> shards;

  Node(Config settings, const base::Logger& log, std::size_t threads, SharedStores shared);
};

// One thread's part of everything. Built and destroyed on the main thread, while no loop runs; in
// between it belongs to its loop's thread.
struct Shard {
  Shard(Node& node, std::size_t index, std::shared_ptr<const http::AccessRules> rules);

  boost::asio::io_context& loop;
  net::Poller poller;
  ShardStores stores;
  std::vector<std::unique_ptr<service::Roster>> rosters;
  std::unique_ptr<service::Heartbeat> heartbeat;
  std::unique_ptr<http::SessionRoutes> session_routes;
  http::RosterRoutes roster_routes;
  http::OperationRoutes operation_routes;
  http::Api api;
  ws::Server sockets;
  RealtimePart realtime;
  http::Server server;
  std::unique_ptr<Census> census;        // the first shard's
  std::unique_ptr<Insight> insight;      // likewise
  std::unique_ptr<http::Api> admin_api;  // the first shard's, with server.admin_listen
  std::unique_ptr<http::Server> admin_server;
};

// Adds and removes rosters as a changed configuration says, while no shard runs. Refused as a
// whole, with the reason, when it changes a roster that is kept: that takes a restart.
base::Status update_rosters(Node& node, const Config& config);

// Builds the node and all its shards, wired; nothing runs yet.
base::Result<std::unique_ptr<Node>> compose(const Config& config, const base::Logger& logger,
                                            std::shared_ptr<const http::AccessRules> rules);

}  // namespace rollcall::app

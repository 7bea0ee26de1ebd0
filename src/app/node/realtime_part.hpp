#pragma once

#include "adapters/redis/message_bus.hpp"
#include "app/config/config.hpp"
#include "app/node/node_duties.hpp"
#include "base/log.hpp"
#include "service/home_shard.hpp"
#include "service/shard_realtime.hpp"
#include "service/watch_gate.hpp"
#include "transport/http/realtime_routes.hpp"
#include "transport/ws/server.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>

namespace rollcall::app {

// Who this process is among the nodes.
struct NodeIdentity {
  core::Uuid id = core::Uuid::random();
  std::string name;  // server.node_name, or the host's
};
NodeIdentity node_identity(const Config& config);

// One shard's part of realtime: with Redis presence and a bus in it, else in memory and alone.
class RealtimePart {
 public:
  struct Setup {
    const Config& config;
    const NodeIdentity& node;
    std::size_t shard;
    redis::Link* link;  // null: no Redis
    const base::Clock& clock;
    boost::asio::io_context& loop;
    const base::Logger& logger;
    ws::Server& sockets;
    base::WallTime started;
    std::function<std::uint64_t()> connections;  // WebSockets of the whole node
  };

  explicit RealtimePart(const Setup& setup);
  RealtimePart(const RealtimePart&) = delete;
  RealtimePart& operator=(const RealtimePart&) = delete;

  // Each once for all parts, in this order, before anything runs.
  void make_home(const std::vector<RealtimePart*>& parts, ports::ShardMesh& mesh,
                 core::MemberHash hash);
  void make_realtime(const std::vector<RealtimePart*>& parts, ports::ShardMesh& mesh,
                     core::MemberHash hash, ws::TokenCheck check_token);
  // The first part's.
  void take_duties(const std::vector<RealtimePart*>& parts, ports::ShardMesh& mesh,
                   core::MemberHash hash);

  void start();  // on the shard's thread
  void when_quiet(std::function<void()> quiet) { home_->presence.when_quiet(std::move(quiet)); }

  // From any thread; as of the latest tick.
  bool is_deaf() const { return deaf_.load(); }
  bool is_wedged() const { return bus_ && bus_->is_wedged(); }

  service::Realtime& realtime() { return *realtime_; }
  http::RealtimeRoutes& routes() { return *routes_; }
  NodeDuties* duties() const { return duties_.get(); }
  const ws::Server& sockets() const { return setup_.sockets; }
  const http::RealtimeRoutes& routes() const { return *routes_; }
  const service::HomeShard& home() const { return *home_; }
  const redis::RedisMessageBus* bus() const { return bus_.get(); }

 private:
  using Timer =
      boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                        boost::asio::wait_traits<std::chrono::steady_clock>,
                                        boost::asio::io_context::executor_type>;
  static constexpr std::chrono::milliseconds kTick{100};

  void make_redis();
  void tick();

  Setup setup_;
  std::unique_ptr<ports::PresenceStore> store_;
  std::unique_ptr<redis::RedisMessageBus> bus_;  // null: this node is alone
  service::WatchGate gate_;
  std::unique_ptr<service::HomeShard> home_;
  std::unique_ptr<service::ShardRealtime> realtime_;
  std::unique_ptr<http::RealtimeRoutes> routes_;
  std::unique_ptr<NodeDuties> duties_;
  std::atomic<bool> deaf_{false};
  Timer timer_;
};

}  // namespace rollcall::app

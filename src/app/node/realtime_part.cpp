#include "app/node/realtime_part.hpp"

#include "adapters/memory/presence_store.hpp"
#include "adapters/memory/tick_claim.hpp"
#include "adapters/redis/endpoint.hpp"
#include "adapters/redis/node_registry.hpp"
#include "adapters/redis/presence_store.hpp"
#include "adapters/redis/tick_claim.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/ip/host_name.hpp>

namespace rollcall::app {
namespace {

// What a drain adds to its spread, for those who come back last.
constexpr base::Millis kDrainGrace{5'000};

service::HomeShard::Options home_options(const RealtimePart::Setup& setup) {
  const RealtimeConfig& realtime = setup.config.realtime;
  service::HomeShard::Options options;
  options.relay.shard = setup.shard;
  options.relay.node_name = setup.node.name;
  options.presence.offline_grace = realtime.offline_grace;
  options.presence.drain_grace =
      realtime.drain_spread + std::max(kDrainGrace, realtime.offline_grace);
  options.presence.presence_ttl = realtime.presence_ttl;
  options.presence.connections_per_user =
      static_cast<std::uint32_t>(realtime.connections_per_user);
  return options;
}

}  // namespace

NodeIdentity node_identity(const Config& config) {
  NodeIdentity identity;
  identity.name = config.server.node_name;
  boost::system::error_code error;
  if (identity.name.empty()) identity.name = boost::asio::ip::host_name(error);
  if (identity.name.empty()) identity.name = identity.id.text();
  return identity;
}

RealtimePart::RealtimePart(const Setup& setup)
    : setup_(setup), gate_(setup.sockets), timer_(setup.loop) {
  if (setup_.link != nullptr) {
    make_redis();
  } else {
    memory::MemoryPresenceOptions options;
    options.max_users = setup_.config.limits.connections;
    store_ = std::make_unique<memory::MemoryPresenceStore>(options, setup_.clock);
  }
}

void RealtimePart::make_redis() {
  const Config& config = setup_.config;
  redis::RedisPresenceOptions presence;
  presence.node = setup_.node.id;
  presence.shard = setup_.shard;
  presence.prefix = config.realtime.presence_prefix;
  presence.ttl = config.realtime.presence_ttl;
  store_ = std::make_unique<redis::RedisPresenceStore>(presence, *setup_.link);
  redis::MessageBusOptions bus;
  bus.node = setup_.node.id;
  bus.shard = setup_.shard;
  bus.hears_broadcasts = setup_.shard == 0;
  bus.presence_prefix = config.realtime.presence_prefix;
  bus.subscriber.session.endpoint = redis::parse_url(config.redis.url).value();
  bus.subscriber.session.ca_file = config.redis.ca_file;
  bus_ = std::make_unique<redis::RedisMessageBus>(bus, *setup_.link, setup_.loop, setup_.logger);
}

void RealtimePart::make_home(const std::vector<RealtimePart*>& parts, ports::ShardMesh& mesh,
                             core::MemberHash hash) {
  std::vector<service::Relay::Outlet> outlets;
  for (RealtimePart* part : parts) outlets.push_back({&part->setup_.sockets, &part->gate_});
  home_ = std::make_unique<service::HomeShard>(
      home_options(setup_), hash, mesh, std::move(outlets), bus_.get(), *store_, setup_.clock);
}

void RealtimePart::make_realtime(const std::vector<RealtimePart*>& parts, ports::ShardMesh& mesh,
                                 core::MemberHash hash, ws::TokenCheck check_token) {
  std::vector<service::HomeShard*> homes;
  for (RealtimePart* part : parts) homes.push_back(part->home_.get());
  realtime_ =
      std::make_unique<service::ShardRealtime>(setup_.shard, mesh, hash, std::move(homes), gate_);
  routes_ = std::make_unique<http::RealtimeRoutes>(*realtime_);
  setup_.sockets.attach(*realtime_, std::move(check_token));
}

void RealtimePart::take_duties(const std::vector<RealtimePart*>& parts, ports::ShardMesh& mesh,
                               core::MemberHash hash) {
  if (setup_.link == nullptr) {
    duties_ = std::make_unique<NodeDuties>(nullptr, std::make_unique<memory::MemoryTickClaim>(),
                                           setup_.clock);
    return;
  }
  redis::NodeRegistryOptions options;
  options.node = setup_.node.id;
  options.name = setup_.node.name;
  options.started = setup_.started;
  options.connections = setup_.connections;
  options.presence_prefix = setup_.config.realtime.presence_prefix;
  options.presence_ttl = setup_.config.realtime.presence_ttl;
  duties_ = std::make_unique<NodeDuties>(
      std::make_unique<redis::RedisNodeRegistry>(options, *setup_.link, setup_.logger),
      std::make_unique<redis::RedisTickClaim>(*setup_.link), setup_.clock);
  const auto at_home = [&mesh, parts](std::size_t shard, auto task) {
    mesh.post(shard, [home = parts[shard]->home_.get(), task] { task(*home); });
  };
  duties_->join_cluster({[at_home, hash, shards = parts.size()](const core::PresenceEvent& event) {
                           at_home(
                               hash(event.user.text()) % shards,
                               [event](service::HomeShard& home) { home.watchers.heard(event); });
                         },
                         [at_home, shards = parts.size()] {
                           for (std::size_t shard = 0; shard < shards; ++shard) {
                             at_home(shard, [](service::HomeShard& home) { home.catch_up(); });
                           }
                         }});
}

void RealtimePart::start() {
  if (bus_) bus_->start();
  tick();
}

void RealtimePart::tick() {
  home_->tick();
  if (duties_) duties_->tick();
  deaf_ = bus_ && !bus_->is_up();
  timer_.expires_after(kTick);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) tick();
  });
}

}  // namespace rollcall::app

#include "app/node/running_node.hpp"

#include "app/config/retention_policies.hpp"
#include "app/node/retention_check.hpp"

#include <atomic>
#include <latch>
#include <utility>

#include <pthread.h>

namespace rollcall::app {
namespace {

// SO_REUSEPORT would let two processes share a port by mistake, each with half of the clients.
base::Status refuse_taken_port(net::Poller& poller, const boost::asio::ip::tcp::endpoint& wanted) {
  net::Listener probe(poller, nullptr, net::Sharing::exclusive);
  return probe.open(wanted);
}

}  // namespace

base::Status RunningNode::listen() {
  const Config& config = node_->config;
  auto wanted = net::resolve_listen(config.server.listen);
  if (!wanted) return std::move(wanted).error();
  endpoint_ = wanted.value();
  Shard& first = *node_->shards.front();
  if (auto free = refuse_taken_port(first.poller, endpoint_); !free) return free;
  for (const auto& shard : node_->shards) {
    if (auto opened = shard->server.listen(endpoint_); !opened) return opened;
    endpoint_ = first.server.local_endpoint();
  }
  if (!first.admin_server) return base::Done{};
  auto admin = net::resolve_listen(config.server.admin_listen);
  if (!admin) return std::move(admin).error();
  if (auto free = refuse_taken_port(first.poller, admin.value()); !free) return free;
  return first.admin_server->listen(admin.value());
}

base::Status RunningNode::start() {
  if (auto listening = listen(); !listening) return listening;
  for (std::size_t i = 0; i < node_->shards.size(); ++i) {
    threads_.emplace_back([this, i] { run(i); });
  }
  node_->retention.replace_policies(retention_policies(node_->config));
  return base::Done{};
}

void RunningNode::run(std::size_t index) {
  ::pthread_setname_np(::pthread_self(), ("shard-" + std::to_string(index)).c_str());
  Shard& shard = *node_->shards[index];
  shard.poller.start();
  shard.stores.start();
  shard.realtime.start();
  if (shard.census) shard.census->start();
  if (shard.insight) shard.insight->start();
  shard.loop.run();
}

std::string RunningNode::url() const {
  const auto address = endpoint_.address();
  const std::string host = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
  return (node_->tls ? "https://" : "http://") + host + ":" + std::to_string(endpoint_.port());
}

// Runs `begin` on every shard; `done` follows once each has called back `times` times.
void RunningNode::on_every_shard(std::size_t times, const OnShard& begin,
                                 std::function<void()> done) {
  auto left = std::make_shared<std::atomic<std::size_t>>(times * node_->shards.size());
  const auto one_done = [left, done = std::move(done)] {
    if (--*left == 0) done();
  };
  for (std::size_t i = 0; i < node_->shards.size(); ++i) {
    node_->mesh.post(
        i, [shard = node_->shards[i].get(), begin, one_done] { begin(*shard, one_done); });
  }
}

// Connections first, then what presence has still to say of them, then this node's lease.
void RunningNode::drain(std::function<void()> on_empty) {
  node_->draining = true;
  node_->retention.request_stop();
  const auto resign = [this, on_empty = std::move(on_empty)] {
    node_->mesh.post(
        0, [this, on_empty] { node_->shards.front()->realtime.duties()->resign(on_empty); });
  };
  const auto settle = [this, resign] {
    on_every_shard(
        1, [](Shard& shard, const auto& done) { shard.realtime.when_quiet(done); }, resign);
  };
  on_every_shard(
      2,
      [spread = node_->config.realtime.drain_spread](Shard& shard, const auto& done) {
        shard.server.drain(done);
        shard.sockets.drain(spread, done);
      },
      settle);
}

void RunningNode::stop() {
  node_->retention.stop();
  for (std::size_t i = 0; i < threads_.size(); ++i) node_->mesh.loop(i).stop();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

// Every shard waits at the gate meanwhile, so that the change may touch what belongs to them all.
void RunningNode::while_halted(const std::function<void()>& change) {
  const auto shards = static_cast<std::ptrdiff_t>(node_->shards.size());
  auto halted = std::make_shared<std::latch>(shards);
  auto gate = std::make_shared<std::latch>(1);
  for (std::size_t i = 0; i < node_->shards.size(); ++i) {
    node_->mesh.post(i, [halted, gate] {
      halted->count_down();
      gate->wait();
    });
  }
  halted->wait();
  change();
  gate->count_down();
}

base::Status RunningNode::reload(const Config& config,
                                 std::shared_ptr<const http::AccessRules> rules) {
  RetentionWorker& retention = node_->retention;
  const std::vector<core::RetentionPolicy> policies = retention_policies(config);
  if (auto checked = check_policies(policies, retention.policies(), node_->logger); !checked) {
    return checked;
  }
  base::Status updated = base::Done{};
  while_halted([&] {
    updated = update_rosters(*node_, config);
    if (!updated) return;
    for (const auto& shard : node_->shards) shard->api.replace_rules(rules);
  });
  if (!updated) return updated;
  retention.replace_policies(policies);
  // The keys may be others now.
  node_->mesh.post(
      0, [&insight = *node_->shards.front()->insight] { insight.audience().dismiss_all(); });
  return updated;
}

}  // namespace rollcall::app

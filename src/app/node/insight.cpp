#include "app/node/insight.hpp"

#include "app/node/compose.hpp"
#include "app/node/node_status.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace rollcall::app {
namespace {

service::Totals totals_of(const Node& node) {
  service::Totals totals;
  for (const auto& shard : node.shards) {
    const ws::Metrics& sockets = shard->sockets.metrics();
    totals.messages_in += sockets.messages_in.get();
    totals.messages_out += sockets.messages_out.get();
    totals.slow_consumers += sockets.slow_consumers.get();
    const http::AnswerCounters& beats = shard->session_routes->metrics().beat_answers;
    for (std::size_t i = 0; i < service::kSources.size(); ++i) {
      totals.beats[i] += beats.get(service::kSources[i], core::Certainty::exact) +
                         beats.get(service::kSources[i], core::Certainty::at_least);
    }
  }
  totals.websockets = open_websockets(node);
  for (const auto& entry : node.shards.front()->census->entries()) {
    totals.online[entry->roster.name()] = static_cast<std::uint64_t>(entry->online.get());
  }
  return totals;
}

std::vector<ports::Connections*> sockets_of(const Node& node) {
  std::vector<ports::Connections*> sockets;
  for (const auto& shard : node.shards) sockets.push_back(&shard->sockets);
  return sockets;
}

}  // namespace

std::uint64_t open_websockets(const Node& node) {
  std::uint64_t open = 0;
  for (const auto& shard : node.shards) {
    open += static_cast<std::uint64_t>(shard->sockets.metrics().users.get());
  }
  return open;
}

Insight::Insight(Node& node)
    : node_(node),
      history_(node.started),
      audience_(node.mesh, sockets_of(node)),
      timer_(node.shards.front()->loop) {
  audience_.when_joined([this](core::ConnectionRef observer) { greet(observer); });
  redis::Link* const link = node.shards.front()->stores.redis_link();
  if (link == nullptr) return;
  list_ = std::make_unique<redis::RedisNodeList>(*link);
  cluster_ = std::make_unique<service::Cluster>(*list_, *node.stores.clock);
}

http::ClusterStatus Insight::cluster() const {
  http::ClusterStatus status;
  status.id = node_.uuid;
  if (cluster_) {
    status.nodes = cluster_->nodes();
    status.heard_at = cluster_->heard_at();
    const auto own = std::ranges::find(status.nodes, node_.uuid, &service::NodeView::id);
    if (own != status.nodes.end()) own->connections = open_websockets(node_);
  } else {
    status.is_alone = true;
    status.nodes.push_back({node_.uuid, node_.identity.name, service::NodeState::live, false,
                            node_.started, open_websockets(node_), node_.started});
  }
  return status;
}

void Insight::greet(core::ConnectionRef observer) {
  audience_.tell(observer, core::make_text(http::history_frame(history_)));
  if (told_) {
    audience_.tell(observer, told_);
  } else {
    tell_node();
  }
}

// One look at all shards and stores, however many look on.
void Insight::tell_node() {
  if (std::exchange(gathering_, true)) return;
  next_tell_ = node_.stores.clock->now() + kTellEvery;
  gather_status(node_, 0, [this](const http::NodeStatus& status) {
    gathering_ = false;
    if (audience_.is_empty()) return;
    told_ = core::make_text(http::node_frame(status, cluster()));
    audience_.tell_all(told_);
  });
}

void Insight::tick() {
  const base::WallTime now = node_.stores.clock->now();
  if (cluster_) cluster_->tick();
  if (history_.is_due(now)) {
    history_.add(now, totals_of(node_));
    if (!audience_.is_empty()) {
      audience_.tell_all(core::make_text(http::history_frame(history_)));
    }
  }
  if (audience_.is_empty()) {
    told_.reset();
  } else if (now >= next_tell_) {
    tell_node();
  }
  timer_.expires_after(kTick);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) tick();
  });
}

}  // namespace rollcall::app

#include "service/cluster.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace rollcall::service {

std::string_view name_of(NodeState state) {
  switch (state) {
    case NodeState::live:
      return "live";
    case NodeState::lost:
      return "lost";
    case NodeState::gone:
      return "gone";
  }
  return "";
}

void Cluster::tick() {
  const base::WallTime now = clock_.now();
  if (looking_ || now < next_) return;
  looking_ = true;
  next_ = now + kLookEvery;
  list_.list([this](const base::Result<std::vector<ports::ListedNode>>& listed) {
    looking_ = false;
    if (listed) take(listed.value());
  });
}

void Cluster::take(const std::vector<ports::ListedNode>& listed) {
  const base::WallTime now = clock_.now();
  heard_at_ = now;
  if (listed.empty()) next_ = now;  // this node is about to register
  std::vector<NodeView> before = std::exchange(nodes_, {});
  for (const ports::ListedNode& node : listed) {
    const auto state = node.leased ? NodeState::live : NodeState::lost;
    NodeView view{node.id, node.name, state, false, node.started, node.connections, now};
    const auto known = std::ranges::find(before, node.id, &NodeView::id);
    if (known != before.end()) {
      // What a lease told goes with it.
      if (!view.started) view.started = known->started;
      if (!view.connections) view.connections = known->connections;
      if (known->state == state) view.since = known->since;
      before.erase(known);
    }
    nodes_.push_back(std::move(view));
  }
  for (NodeView& view : before) {
    if (view.state != NodeState::gone) {
      view.was_lost = view.state == NodeState::lost;
      view.state = NodeState::gone;
      view.since = now;
    }
    nodes_.push_back(std::move(view));
  }
  forget_old();
}

// The latest to go are kept. Those that have gone stand last.
void Cluster::forget_old() {
  const auto gone = std::ranges::find(nodes_, NodeState::gone, &NodeView::state);
  std::ranges::sort(gone, nodes_.end(), [](const NodeView& one, const NodeView& other) {
    return std::tie(other.since, one.id) < std::tie(one.since, other.id);
  });
  const auto kept = static_cast<std::size_t>(gone - nodes_.begin()) + kGoneNodes;
  if (nodes_.size() > kept) nodes_.resize(kept);
  std::erase_if(nodes_, [oldest = clock_.now() - kRememberGone](const NodeView& node) {
    return node.state == NodeState::gone && node.since < oldest;
  });
}

}  // namespace rollcall::service

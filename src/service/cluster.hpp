#pragma once

#include "ports/node_list.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::service {

enum class NodeState {
  live,  // it has a lease
  lost,  // it is silent; when its lease ends others take over what it held
  gone,  // it has left the registry
};
std::string_view name_of(NodeState state);

struct NodeView {
  std::string id;
  std::string name;
  NodeState state = NodeState::live;
  bool was_lost = false;  // gone, and had not said goodbye
  std::optional<base::WallTime> started;
  std::optional<std::uint64_t> connections;  // as of its latest renewal
  base::WallTime since;                      // in this state, as this node saw it
};

// The nodes of the cluster as this one sees them, and for a while those that have gone.
class Cluster {
 public:
  static constexpr base::Millis kLookEvery{2'000};
  static constexpr base::Millis kRememberGone{3'600'000};
  static constexpr std::size_t kGoneNodes = 32;

  Cluster(ports::NodeList& list, const base::Clock& clock) : list_(list), clock_(clock) {}

  void tick();

  const std::vector<NodeView>& nodes() const { return nodes_; }  // those that are there, first
  // When the registry last answered; nothing: never.
  std::optional<base::WallTime> heard_at() const { return heard_at_; }

 private:
  void take(const std::vector<ports::ListedNode>& listed);
  void forget_old();

  ports::NodeList& list_;
  const base::Clock& clock_;
  base::WallTime next_;
  bool looking_ = false;
  std::optional<base::WallTime> heard_at_;
  std::vector<NodeView> nodes_;
};

}  // namespace rollcall::service

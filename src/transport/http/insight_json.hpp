#pragma once

#include "base/time.hpp"
#include "service/cluster.hpp"
#include "service/history.hpp"
#include "transport/http/node_status.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rollcall::http {

// The nodes of a cluster as one of them sees them.
struct ClusterStatus {
  std::string id;                          // of the node that tells this
  std::optional<base::WallTime> heard_at;  // nothing: the registry never answered
  bool is_alone = false;                   // there is no registry
  std::vector<service::NodeView> nodes;
};

// As /api/v1/history and /api/v1/nodes tell it.
std::string history_json(const service::History& history);
std::string cluster_json(const ClusterStatus& cluster);

// The same, as an observer's WebSocket tells it.
std::string node_frame(const NodeStatus& status, const ClusterStatus& cluster);
std::string history_frame(const service::History& history);

}  // namespace rollcall::http

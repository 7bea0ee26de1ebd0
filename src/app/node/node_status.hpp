#pragma once

#include "core/handover.hpp"
#include "transport/http/node_status.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <string>

namespace rollcall::app {

struct Node;

// Asks every shard how its rosters fare, and the stores for their counts. `reply` is called on the
// thread of `asker`, which is the caller's.
void gather_status(Node& node, std::size_t asker, std::function<void(http::NodeStatus)> reply);

// The rosters that are not in their normal state on every shard. From any shard's thread.
std::map<std::string, core::Handover::State> unsettled_rosters(const Node& node);

}  // namespace rollcall::app

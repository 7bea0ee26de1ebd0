#pragma once

#include "base/time.hpp"
#include "core/answer.hpp"
#include "core/handover.hpp"
#include "service/retention.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::http {

// How a roster fares on this node.
struct RosterStatus {
  struct Change {
    base::WallTime at;
    core::Handover::State from;
    core::Handover::State to;
    std::string reason;
    std::optional<std::size_t> shard;  // when the node has more than one
  };

  std::string roster;
  core::Handover::State state = core::Handover::State::normal;
  base::WallTime since;
  std::optional<core::Answer> answer;  // nothing: no store answered just now
  std::uint64_t shadow_members = 0;
  std::vector<Change> history;  // the latest, oldest first
};

// A server that the node stands on.
struct DependencyStatus {
  bool configured = false;
  bool up = false;
  std::uint64_t errors = 0;    // error replies
  std::uint64_t timeouts = 0;  // links closed because an answer was late
};

// A node as an operator wants to see it.
struct NodeStatus {
  std::string node;
  std::string_view version;
  base::WallTime at;
  base::Millis uptime{0};
  bool draining = false;
  std::size_t connections = 0;  // of clients: HTTP and WebSockets
  std::vector<RosterStatus> rosters;
  DependencyStatus redis;
  DependencyStatus postgres;
  std::vector<service::RetentionStatus> retention;  // a policy each
};

// As /api/v1/status tells it.
std::string status_json(const NodeStatus& status);

}  // namespace rollcall::http

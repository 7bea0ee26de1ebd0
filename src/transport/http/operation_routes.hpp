#pragma once

#include "core/handover.hpp"
#include "transport/http/node_status.hpp"
#include "transport/http/router.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace rollcall::http {

// What operators and their tools ask of a process.
struct Operations {
  std::function<bool()> draining;
  std::function<std::vector<std::string>()> degraded;  // broken dependencies, by name
  // This node alone hears nothing, while its stores answer.
  std::function<bool()> wedged;
  // The rosters whose stores are not as they should be, by name.
  std::function<std::map<std::string, core::Handover::State>()> unsettled_rosters;
  std::function<std::string()> metrics_text;  // Prometheus' text format
  // Answers on the thread that asked.
  std::function<void(std::function<void(NodeStatus)>)> status;
  std::function<void(std::function<void(std::string)>)> history;  // as JSON; likewise
  std::function<void(std::function<void(std::string)>)> nodes;    // likewise
};

// /healthz, /readyz and /openapi.json for anyone; /metrics, /api/v1/status, /api/v1/history and
// /api/v1/nodes as `operator_access` says.
class OperationRoutes {
 public:
  explicit OperationRoutes(Operations operations) : operations_(std::move(operations)) {}

  void add_to(Router& router, Access operator_access);

 private:
  Response ready() const;

  Operations operations_;
};

}  // namespace rollcall::http

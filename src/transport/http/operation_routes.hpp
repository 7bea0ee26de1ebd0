#pragma once

#include "transport/http/router.hpp"

#include <atomic>
#include <functional>
#include <string>
#include <vector>

namespace rollcall::http {

// What operators and their tools ask of a process.
struct Operations {
  std::function<bool()> draining;
  std::function<std::vector<std::string>()> degraded;  // broken dependencies, by name
  // This node alone hears nothing, while its stores answer.
  std::function<bool()> wedged;
  std::function<std::string()> metrics_text;  // Prometheus' text format
};

// /healthz, /readyz and /openapi.json for anyone; /metrics as `metrics_access` says.
class OperationRoutes {
 public:
  explicit OperationRoutes(Operations operations) : operations_(std::move(operations)) {}

  void add_to(Router& router, Access metrics_access);

 private:
  Response ready() const;

  Operations operations_;
};

// The live page at / and what it loads.
void add_page_routes(Router& router);

}  // namespace rollcall::http

#pragma once

#include "transport/http/access.hpp"
#include "transport/http/router.hpp"

#include <memory>

namespace rollcall::http {

// The way of every request: who calls (Origin, proxies), which route, whether the caller may use
// it; then the route's handler.
class Api final : public RequestHandler {
 public:
  explicit Api(std::shared_ptr<const AccessRules> rules) : rules_(std::move(rules)) {}

  Router& router() { return router_; }
  void replace_rules(std::shared_ptr<const AccessRules> rules) { rules_ = std::move(rules); }

  void handle(const Request& request, const Client& client, Exchange exchange) override;

 private:
  base::Status authorize(const Route& route, Call& call) const;

  std::shared_ptr<const AccessRules> rules_;
  Router router_;
};

}  // namespace rollcall::http

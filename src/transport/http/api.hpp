#pragma once

#include "base/time.hpp"
#include "transport/http/access.hpp"
#include "transport/http/router.hpp"

#include <memory>

namespace rollcall::http {

// The way of every request: who calls (Origin, proxies), which route, whether the caller may use
// it; then the route's handler.
class Api final : public RequestHandler {
 public:
  // `clock` is the system's: by it others say when their tokens end.
  Api(std::shared_ptr<const AccessRules> rules, const base::Clock& clock)
      : rules_(std::move(rules)), clock_(clock) {}

  Router& router() { return router_; }
  const AccessRules& rules() const { return *rules_; }
  void replace_rules(std::shared_ptr<const AccessRules> rules) { rules_ = std::move(rules); }

  void handle(const Request& request, const Client& client, Exchange exchange) override;

 private:
  base::Status authorize(const Route& route, Call& call) const;

  std::shared_ptr<const AccessRules> rules_;
  const base::Clock& clock_;
  Router router_;
};

}  // namespace rollcall::http

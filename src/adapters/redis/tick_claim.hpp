#pragma once

#include "adapters/redis/link.hpp"
#include "ports/tick_claim.hpp"

#include <string>

namespace rollcall::redis {

class RedisTickClaim final : public ports::TickClaim {
 public:
  explicit RedisTickClaim(Link& link) : link_(link) {}
  void claim(std::string name, base::Millis hold, ports::Reply<bool> reply) override;

 private:
  Link& link_;
};

}  // namespace rollcall::redis

#pragma once

#include "ports/tick_claim.hpp"

#include <string>

namespace rollcall::memory {

// A node without others may always.
class MemoryTickClaim final : public ports::TickClaim {
 public:
  void claim(std::string /*name*/, base::Millis /*hold*/, ports::Reply<bool> reply) override {
    reply(true);
  }
};

}  // namespace rollcall::memory

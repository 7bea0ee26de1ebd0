#pragma once

#include "base/time.hpp"
#include "ports/roster_store.hpp"

#include <string>

namespace rollcall::ports {

// Lets one of many nodes do what is due, once.
class TickClaim {
 public:
  virtual ~TickClaim() = default;

  // True for the first who claims `name`; false for everyone, until `hold` has passed.
  // Errors: `unavailable`, `timeout` (it may have been claimed), `overloaded`.
  virtual void claim(std::string name, base::Millis hold, Reply<bool> reply) = 0;
};

}  // namespace rollcall::ports

#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall::redis {

// What a lease tells of its node: "1795379143511 12".
struct LeaseTold {
  base::WallTime started;
  std::uint64_t connections = 0;
};

std::string lease_text(base::WallTime started, std::uint64_t connections);
// Nothing for what is no such text: a lease of another release.
std::optional<LeaseTold> parse_lease(std::string_view text);

}  // namespace rollcall::redis

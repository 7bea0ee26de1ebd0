#pragma once

#include "app/config/config.hpp"
#include "app/doctor/finding.hpp"

#include <cstdint>
#include <optional>

namespace rollcall::app {

struct MachineFacts {
  std::optional<std::uint64_t> server_files;  // that the running server may open
  std::optional<std::uint64_t> own_files;     // that this program may
  std::optional<bool> is_clock_synchronized;  // by NTP, as the kernel knows
};

// Looks at this machine, and for the server by the port where it listens. Nothing, where the
// kernel does not tell.
MachineFacts inspect_machine(const Config& config);

void judge(const MachineFacts& machine, const Config& config, Findings& findings);

}  // namespace rollcall::app

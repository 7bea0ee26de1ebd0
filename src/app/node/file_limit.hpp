#pragma once

#include "app/config/config.hpp"

#include <cstdint>

namespace rollcall::app {

// Each connection is an open file; links, listeners and logs are some more.
constexpr std::uint64_t kOtherFiles = 256;

inline std::uint64_t files_needed(const Config& config) {
  return config.limits.connections + kOtherFiles;
}

}  // namespace rollcall::app

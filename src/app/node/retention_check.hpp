#pragma once

#include "base/log.hpp"
#include "base/result.hpp"
#include "core/retention_policy.hpp"

#include <vector>

namespace rollcall::app {

// Holds policies, but those that are `known`, against their databases; the error names each one
// that is of no use. What cannot be reached just now is logged, and met by the runs. Blocks.
base::Status check_policies(const std::vector<core::RetentionPolicy>& policies,
                            const std::vector<core::RetentionPolicy>& known,
                            const base::Logger& logger);

}  // namespace rollcall::app

#pragma once

#include "core/retention_plan.hpp"
#include "core/retention_policy.hpp"
#include "service/retention_run.hpp"

#include <string>

namespace rollcall::app {

// What `rollcall retention` tells people. Texts of several lines end with a newline.
std::string describe_plan(const core::RetentionPolicy& policy, const core::RetentionFacts& facts,
                          const core::RetentionPlan& plan);

// One line, without its end.
std::string describe_progress(const core::RetentionPolicy& policy,
                              const service::RetentionProgress& progress);
std::string describe_end(const core::RetentionPolicy& policy,
                         const service::RetentionReport& report, bool is_dry);

}  // namespace rollcall::app

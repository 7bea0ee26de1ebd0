#pragma once

#include "core/retention_plan.hpp"
#include "core/retention_policy.hpp"
#include "service/retention_run.hpp"

#include <optional>
#include <string>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace rollcall::app {

// What `rollcall retention` tells programs: one JSON object a line. Times are milliseconds; what
// is not known is null.
boost::json::object plan_line(const core::RetentionPolicy& policy,
                              const core::RetentionFacts& facts, const core::RetentionPlan& plan);

// {"policy","event","dryRun",...}, with event begin, progress and end.
boost::json::object begin_line(const core::RetentionPolicy& policy,
                               const core::RetentionPlan& plan, bool is_dry);
boost::json::object progress_line(const core::RetentionPolicy& policy,
                                  const service::RetentionProgress& progress, bool is_dry);
boost::json::object end_line(const core::RetentionPolicy& policy,
                             const service::RetentionReport& report, bool is_dry);

// A null for a number that is not known, or a text that is empty.
boost::json::value or_null(const std::optional<base::Millis>& time);
boost::json::value or_null(const std::string& text);

}  // namespace rollcall::app

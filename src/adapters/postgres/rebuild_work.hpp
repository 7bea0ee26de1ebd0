#pragma once

#include "adapters/postgres/policy_sql.hpp"
#include "adapters/postgres/rebuild_shape.hpp"
#include "adapters/postgres/table_rebuild.hpp"
#include "adapters/postgres/work_session.hpp"
#include "base/time.hpp"
#include "core/retention_policy.hpp"

#include <chrono>
#include <functional>
#include <stop_token>
#include <string_view>

namespace rollcall::postgres {

// What takes as long as the table is large.
inline constexpr base::Millis kBulkPatience = std::chrono::hours(24);

// What the steps of one rebuild share.
struct RebuildWork {
  WorkSession& session;
  const core::RetentionPolicy& policy;
  const PolicySql& sql;
  RebuildShape shape;
  RebuildLimits limits;
  std::stop_token stop;
  std::function<void(const RebuildProgress&)> on_progress;
  RebuildProgress progress{};
  RebuildReport report{};

  // Never under the lock: whoever listens may be slow.
  void tell(std::string_view step) {
    progress.step = step;
    if (on_progress) on_progress(progress);
  }
};

}  // namespace rollcall::postgres

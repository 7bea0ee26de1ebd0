#pragma once

#include "app/config/config.hpp"
#include "core/retention_policy.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rollcall::app {

enum class RetentionVerb { plan, run, rebuild, status };

constexpr std::string_view name_of(RetentionVerb verb) {
  switch (verb) {
    case RetentionVerb::plan:
      return "plan";
    case RetentionVerb::run:
      return "run";
    case RetentionVerb::rebuild:
      return "rebuild";
    case RetentionVerb::status:
      return "status";
  }
  return "";
}

// What `rollcall retention VERB` is asked for.
struct RetentionRequest {
  RetentionVerb verb = RetentionVerb::plan;
  std::string policy = {};  // empty: all
  bool dry_run = false;
  bool json = false;  // also on a terminal
};

struct RetentionCommand {
  RetentionRequest request;
  Config config;
  std::vector<core::RetentionPolicy> policies;  // at least one; to rebuild: exactly one
  std::vector<std::string> warnings;
};

// Its exit status: 0 done, kRetentionFailed, kRetentionStopped. It writes to standard output and
// standard error, and ends early at SIGINT and SIGTERM.
inline constexpr int kRetentionFailed = 1;
inline constexpr int kRetentionStopped = 3;
int retention(const RetentionCommand& command);

}  // namespace rollcall::app

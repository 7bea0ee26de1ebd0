#include "app/node/retention_check.hpp"

#include "adapters/postgres/policy_check.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace rollcall::app {
namespace {

bool is_passing(base::Errc kind) {
  return kind == base::Errc::unavailable || kind == base::Errc::timeout;
}

}  // namespace

// A database that is away is waited for once.
base::Status check_policies(const std::vector<core::RetentionPolicy>& policies,
                            const std::vector<core::RetentionPolicy>& known,
                            const base::Logger& logger) {
  std::string problems;
  std::set<std::string> away;
  for (const core::RetentionPolicy& policy : policies) {
    const bool is_known = std::ranges::find(known, policy) != known.end();
    if (is_known || away.contains(policy.url)) continue;
    const base::Status checked = postgres::check_policy(policy);
    if (checked) continue;
    const base::Error& error = checked.error();
    if (is_passing(error.kind)) {
      away.insert(policy.url);
      logger.error("the table of a retention policy is not checked",
                   {{"policy", policy.name}, {"reason", error.message}});
    } else {
      problems += (problems.empty() ? "" : "\n") + error.message;
    }
  }
  if (problems.empty()) return base::Done{};
  return base::Error{base::Errc::invalid_argument, "retention_table", std::move(problems)};
}

}  // namespace rollcall::app

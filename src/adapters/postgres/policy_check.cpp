#include "adapters/postgres/policy_check.hpp"

#include "adapters/postgres/policy_sql.hpp"
#include "adapters/postgres/work_session.hpp"

namespace rollcall::postgres {

base::Status check_policy(const core::RetentionPolicy& policy) {
  WorkSession session(policy.url, "retention check: " + policy.name, {});
  base::Status opened = session.open();
  if (!opened.ok()) return opened;
  const auto sql = read_policy(session, policy);
  if (!sql.ok()) return sql.error();
  return base::Done{};
}

}  // namespace rollcall::postgres

#include "adapters/postgres/retention_table.hpp"
#include "app/command/retention_lines.hpp"
#include "app/command/retention_texts.hpp"
#include "app/command/retention_verbs.hpp"
#include "core/retention_plan.hpp"

#include <iostream>

namespace rollcall::app {

int plan_policy(const RetentionCommand& command, const core::RetentionPolicy& policy,
                Interruption& interruption) {
  postgres::PostgresRetentionTable table(policy, postgres::SweepMode::dry, interruption.token());
  const auto facts = table.look();
  if (!facts) return fail(policy, facts.error());
  const core::RetentionPlan plan = core::plan_retention(policy, facts.value());
  if (command.request.json) {
    print(plan_line(policy, facts.value(), plan));
  } else {
    std::cout << describe_plan(policy, facts.value(), plan);
  }
  return 0;
}

}  // namespace rollcall::app

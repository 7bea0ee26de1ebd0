#include "app/command/connect_command.hpp"

#include "adapters/postgres/policy_check.hpp"
#include "adapters/postgres/sessions_check.hpp"
#include "app/command/commands.hpp"
#include "app/config/retention_policies.hpp"

#include <iostream>
#include <set>
#include <string>

namespace rollcall::app {
namespace {

bool is_away(const base::Error& error) {
  return error.kind == base::Errc::unavailable || error.kind == base::Errc::timeout;
}

// Errors of what stands in the settings begin with its name.
std::string named(std::string_view setting, const base::Error& error) {
  if (error.kind == base::Errc::invalid_argument) return error.message + "\n";
  return std::string(setting) + ": " + error.message + "\n";
}

}  // namespace

// A database that is away is told of once, and waited for once.
int check_databases(const ConnectCommand& command) {
  std::string problems;
  std::set<std::string> away;
  const auto note = [&](const base::Status& checked, const std::string& setting,
                        const std::string& url) {
    if (checked) return;
    problems += named(setting, checked.error());
    if (is_away(checked.error())) away.insert(url);
  };
  const PostgresConfig& postgres = command.config.postgres;
  if (!postgres.url.empty() && !postgres.sessions_table.empty()) {
    note(postgres::check_sessions_table(postgres.url, postgres.sessions_table,
                                        postgres.sessions_time_zone),
         "postgres.sessions_table", postgres.url);
  }
  for (const core::RetentionPolicy& policy : retention_policies(command.config)) {
    if (away.contains(policy.url)) continue;
    note(postgres::check_policy(policy), "retention." + policy.name, policy.url);
  }
  if (problems.empty()) {
    std::cout << command.report;
    return 0;
  }
  std::cerr << problems;
  return kConfigProblem;
}

}  // namespace rollcall::app

#include "transport/http/node_status.hpp"

#include "transport/http/response.hpp"
#include "transport/http/retention_status.hpp"

#include <fmt/format.h>

namespace rollcall::http {
namespace {

std::string change_json(const RosterStatus::Change& change) {
  return fmt::format(R"({{"at":"{}",{}"from":"{}","to":"{}","reason":{}}})",
                     base::format_rfc3339(change.at),
                     change.shard ? fmt::format(R"("shard":{},)", *change.shard) : "",
                     name_of(change.from), name_of(change.to), json_string(change.reason));
}

std::string answer_json(const std::optional<core::Answer>& answer) {
  if (!answer) return R"("online":null,"source":null,"certainty":null)";
  return fmt::format(R"("online":{},"source":"{}","certainty":"{}")", answer->online,
                     core::name_of(answer->source), core::name_of(answer->certainty));
}

std::string roster_json(const RosterStatus& roster) {
  std::string history;
  for (const RosterStatus::Change& change : roster.history) {
    history += (history.empty() ? "" : ",") + change_json(change);
  }
  return fmt::format(
      R"({{"roster":{},"state":"{}","since":"{}",{},"shadowMembers":{},"history":[{}]}})",
      json_string(roster.roster), name_of(roster.state), base::format_rfc3339(roster.since),
      answer_json(roster.answer), roster.shadow_members, history);
}

std::string dependency_json(const DependencyStatus& dependency) {
  return fmt::format(R"({{"configured":{},"up":{},"errors":{},"timeouts":{}}})",
                     dependency.configured, dependency.up, dependency.errors, dependency.timeouts);
}

}  // namespace

std::string status_json(const NodeStatus& status) {
  std::string rosters;
  for (const RosterStatus& roster : status.rosters) {
    rosters += (rosters.empty() ? "" : ",") + roster_json(roster);
  }
  std::string policies;
  for (const service::RetentionStatus& policy : status.retention) {
    policies += (policies.empty() ? "" : ",") + retention_json(policy);
  }
  return fmt::format(
      R"({{"node":{},"version":{},"at":"{}","uptimeMs":{},"draining":{},"connections":{},)"
      R"("rosters":[{}],"redis":{},"postgres":{},"retention":[{}]}})",
      json_string(status.node), json_string(status.version), base::format_rfc3339(status.at),
      status.uptime.count(), status.draining, status.connections, rosters,
      dependency_json(status.redis), dependency_json(status.postgres), policies);
}

}  // namespace rollcall::http

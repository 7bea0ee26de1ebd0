#include "app/command/retention_command.hpp"

#include "app/command/progress_line.hpp"
#include "app/command/retention_verbs.hpp"
#include "ports/retention_table.hpp"

#include <algorithm>
#include <iostream>

#include <boost/json/serialize.hpp>
#include <unistd.h>

namespace rollcall::app {
namespace {

using Verb = int (*)(const RetentionCommand&, const core::RetentionPolicy&, Interruption&);

Verb verb_of(RetentionVerb verb) {
  switch (verb) {
    case RetentionVerb::plan:
      return plan_policy;
    case RetentionVerb::run:
      return run_policy;
    case RetentionVerb::rebuild:
      return rebuild_policy;
    case RetentionVerb::status:
      return tell_policy;
  }
  return plan_policy;
}

}  // namespace

bool speaks_json(const RetentionCommand& command) {
  return command.request.json || !is_terminal(STDOUT_FILENO);
}

void print(const boost::json::object& line) {
  std::cout << boost::json::serialize(line) << std::endl;
}

int fail(const core::RetentionPolicy& policy, const base::Error& error) {
  if (error.code == ports::kStopped) return kRetentionStopped;
  const std::string name = "retention." + policy.name + ": ";
  std::cerr << (error.message.starts_with(name) ? "" : name) << error.message << '\n';
  return kRetentionFailed;
}

int retention(const RetentionCommand& command) {
  for (const std::string& warning : command.warnings) std::cerr << "warning: " << warning << '\n';
  Interruption interruption;
  const Verb verb = verb_of(command.request.verb);
  int status = 0;
  for (const core::RetentionPolicy& policy : command.policies) {
    if (interruption.is_asked()) return kRetentionStopped;
    status = std::max(status, verb(command, policy, interruption));
  }
  return status;
}

}  // namespace rollcall::app

#pragma once

#include "app/command/interruption.hpp"
#include "app/command/retention_command.hpp"
#include "base/result.hpp"
#include "core/retention_policy.hpp"

#include <string_view>

#include <boost/json/object.hpp>

namespace rollcall::app {

// What each command does for one policy; the exit status.
int plan_policy(const RetentionCommand& command, const core::RetentionPolicy& policy,
                Interruption& interruption);
int run_policy(const RetentionCommand& command, const core::RetentionPolicy& policy,
               Interruption& interruption);
int rebuild_policy(const RetentionCommand& command, const core::RetentionPolicy& policy,
                   Interruption& interruption);
int tell_policy(const RetentionCommand& command, const core::RetentionPolicy& policy,
                Interruption& interruption);

// Whether what happens is told to programs: it was asked for, or nobody looks.
bool speaks_json(const RetentionCommand& command);

void print(const boost::json::object& line);

// Says on standard error what is wrong with a policy, unless it was only told to stop.
int fail(const core::RetentionPolicy& policy, const base::Error& error);

}  // namespace rollcall::app

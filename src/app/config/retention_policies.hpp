#pragma once

#include "app/config/config.hpp"
#include "core/retention_policy.hpp"

#include <string>
#include <vector>

namespace rollcall::app {

// A row of the sessions' table is kept for so long after it stopped to count as online.
inline constexpr Millis kSessionMargin = minutes(1);

// One policy with what its preset and the defaults add; its url is empty if it has no database.
core::RetentionPolicy retention_policy(const RetentionConfig& given, const Config& config);

// The policies that have a database, in the order of the configuration. config_warnings() names
// the others.
std::vector<core::RetentionPolicy> retention_policies(const Config& config);

// Which rows go, for people: "past expiresAt, of nobody after 1d".
std::string describe_clauses(const core::RetentionPolicy& policy);

}  // namespace rollcall::app

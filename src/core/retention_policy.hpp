#pragma once

#include "base/time.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rollcall::core {

// Which rows of a session table go, and when. Names are as people write them: the table with its
// schema if need be (`app.sessions`, `"odd.schema"."Odd Table"`), columns bare.
struct RetentionPolicy {
  std::string name;
  std::string url;  // of the database
  std::string table;
  std::string id;          // the primary key, or its only column that anyone names
  std::string created_at;  // empty, as the columns below: the table has none
  std::string user_id;
  std::string expires_at;
  std::string last_seen;
  base::Millis anonymous_after{0};  // 0: a row of nobody stays until it expires
  base::Millis idle_after{0};       // 0: a row stays however long it was not used
  std::string time_zone = "UTC";    // of timestamps without one
  base::Millis every = std::chrono::hours(1);
  base::Millis batch_target{50};     // how long a batch may take
  base::Millis replica_lag{10'000};  // a run waits while a replica is further behind
  base::Millis rebuild_lock{2'000};  // how long a rebuild may lock the table

  bool operator==(const RetentionPolicy&) const = default;
};

// A row is due if any clause of its policy holds; a null time never lets one hold.
enum class RetentionClause {
  expired,    // expires_at < now
  anonymous,  // user_id is null and created_at < now - anonymous_after
  idle,       // last_seen < now - idle_after
};

std::string_view name_of(RetentionClause clause);

// The clauses that a policy has, in the order above.
std::vector<RetentionClause> clauses_of(const RetentionPolicy& policy);

// The column whose time decides, and the age at which it does.
const std::string& time_column(const RetentionPolicy& policy, RetentionClause clause);
base::Millis due_after(const RetentionPolicy& policy, RetentionClause clause);

}  // namespace rollcall::core

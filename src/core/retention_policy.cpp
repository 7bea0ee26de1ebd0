#include "core/retention_policy.hpp"

namespace rollcall::core {

std::string_view name_of(RetentionClause clause) {
  switch (clause) {
    case RetentionClause::expired:
      return "expired";
    case RetentionClause::anonymous:
      return "anonymous";
    case RetentionClause::idle:
      return "idle";
  }
  return "";
}

std::vector<RetentionClause> clauses_of(const RetentionPolicy& policy) {
  std::vector<RetentionClause> clauses;
  if (!policy.expires_at.empty()) clauses.push_back(RetentionClause::expired);
  if (policy.anonymous_after.count() > 0) clauses.push_back(RetentionClause::anonymous);
  if (policy.idle_after.count() > 0) clauses.push_back(RetentionClause::idle);
  return clauses;
}

const std::string& time_column(const RetentionPolicy& policy, RetentionClause clause) {
  switch (clause) {
    case RetentionClause::anonymous:
      return policy.created_at;
    case RetentionClause::idle:
      return policy.last_seen;
    case RetentionClause::expired:
      break;
  }
  return policy.expires_at;
}

base::Millis due_after(const RetentionPolicy& policy, RetentionClause clause) {
  switch (clause) {
    case RetentionClause::anonymous:
      return policy.anonymous_after;
    case RetentionClause::idle:
      return policy.idle_after;
    case RetentionClause::expired:
      break;
  }
  return base::Millis(0);
}

}  // namespace rollcall::core

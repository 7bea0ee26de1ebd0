#include "app/config/retention_consistency.hpp"

#include "adapters/postgres/table_name.hpp"
#include "app/config/quote.hpp"
#include "app/config/retention_policies.hpp"
#include "app/config/units.hpp"

#include <map>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace rollcall::app {
namespace {

// Complains about one entry of [[retention]].
class PolicyCheck {
 public:
  PolicyCheck(ConfigDraft& draft, std::size_t index)
      : draft_(draft),
        index_(index),
        given_(draft.config.retentions[index]),
        policy_(retention_policy(given_, draft.config)) {}

  void check_columns() {
    if (policy_.table.empty()) complain("table", "is missing: give it, or a preset");
    if (policy_.id.empty()) complain("id", "is missing");
    const bool has_clause = !policy_.expires_at.empty() || policy_.anonymous_after.count() != 0 ||
                            policy_.idle_after.count() != 0 || !policy_.last_seen.empty();
    if (!has_clause) {
      complain("expires_at", "is missing: give it, or anonymous_after, or nothing would ever go");
    }
    const bool has_columns = !policy_.user_id.empty() && !policy_.created_at.empty();
    if (policy_.anonymous_after.count() != 0 && !has_columns) {
      complain("anonymous_after", "needs user_id and created_at too");
    }
    if (policy_.idle_after.count() != 0 && policy_.last_seen.empty()) {
      complain("idle_after", "needs last_seen too");
    }
    if (policy_.idle_after.count() == 0 && !policy_.last_seen.empty()) {
      complain("last_seen", "needs idle_after too");
    }
  }

  // The rows of the sessions' table are those who count as online.
  void check_sessions() {
    const Config& config = draft_.config;
    const bool is_sessions =
        given_.preset == "active_sessions" ||
        (!config.postgres.sessions_table.empty() && policy_.url == config.postgres.url &&
         quoted(policy_.table) == quoted(config.postgres.sessions_table));
    const Millis least = config.sessions.timeout + kSessionMargin;
    if (!is_sessions || policy_.idle_after.count() == 0 || policy_.idle_after >= least) return;
    complain("idle_after",
             fmt::format("{} is shorter than sessions.timeout and a minute, {}: "
                         "who is online would be deleted",
                         format_duration(policy_.idle_after), format_duration(least)));
  }

 private:
  static std::string quoted(std::string_view table) {
    auto sql = postgres::quoted_table(table);
    return sql.ok() ? sql.value() : std::string();
  }

  void complain(std::string_view key, std::string message) {
    draft_.complain(fmt::format("retention[{}].{}", index_, key), std::move(message));
  }

  ConfigDraft& draft_;
  std::size_t index_;
  const RetentionConfig& given_;
  core::RetentionPolicy policy_;
};

}  // namespace

void check_retentions(ConfigDraft& draft) {
  std::map<std::string, std::size_t> names;
  for (std::size_t i = 0; i < draft.config.retentions.size(); ++i) {
    const std::string& name = draft.config.retentions[i].name;
    const std::string path = fmt::format("retention[{}].name", i);
    if (name.empty()) {
      draft.complain(path, "is missing");
    } else if (!names.emplace(name, i).second) {
      draft.complain(path, fmt::format("{} is there twice", quoted(name)));
    }
    PolicyCheck check(draft, i);
    check.check_columns();
    check.check_sessions();
  }
}

}  // namespace rollcall::app

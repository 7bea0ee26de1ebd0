#include "app/config/config_report.hpp"

#include "app/config/access_rules.hpp"
#include "app/config/config_file.hpp"
#include "app/config/nearest.hpp"
#include "app/config/quote.hpp"
#include "app/config/retention_policies.hpp"
#include "app/config/settings.hpp"
#include "app/config/units.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace rollcall::app {
namespace {

void add_homeless(const Config& config, std::vector<std::string>& warnings) {
  for (const RetentionConfig& given : config.retentions) {
    if (!retention_policy(given, config).url.empty()) continue;
    warnings.push_back(fmt::format(
        "[[retention]] {} has no effect without a database: give postgres.url, or url beside it",
        quoted(given.name)));
  }
}

void add_keyless(const AuthConfig& auth, std::vector<std::string>& warnings) {
  const bool has_key = !auth.secret.empty() || !auth.secret_file.empty() ||
                       !auth.public_key_file.empty() || !auth.jwks_file.empty();
  const bool says_something =
      auth.algorithm != AuthConfig{}.algorithm || !auth.issuer.empty() || !auth.audience.empty();
  if (has_key || !says_something) return;
  warnings.emplace_back(
      "[auth] has no effect without a key: give auth.secret_file, auth.public_key_file or "
      "auth.jwks_file");
}

// Only near misses: the variables that container platforms make up for a service called rollcall
// (ROLLCALL_PORT, ROLLCALL_SERVICE_HOST) are nobody's mistake.
void add_misspelled(const Environment& environment, std::vector<std::string>& warnings) {
  Config config;
  std::vector<std::string> names;
  for (const Setting& setting : settings_of(config)) {
    names.push_back(environment_name(setting.path));
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  constexpr std::size_t kNear = 2;
  for (const auto& [name, value] : environment) {
    const std::string_view meant = nearest(name, known);
    const bool is_near = !meant.empty() && edit_distance(name, meant) <= kNear;
    if (is_near && name != meant) {
      warnings.push_back(
          fmt::format("the variable {} has no effect; did you mean {}?", excerpt(name), meant));
    }
  }
}

std::string summary(const Config& config) {
  std::string store = "memory";
  if (!config.redis.url.empty() && !config.postgres.url.empty()) {
    store = "Redis, and PostgreSQL while Redis is broken";
  } else if (!config.redis.url.empty()) {
    store = "Redis";
  } else if (!config.postgres.url.empty()) {
    store = "PostgreSQL";
  } else if (!config.store.data_dir.empty()) {
    store = "memory, with a journal";
  }
  std::string out = fmt::format("ok\nlistens on {}\nstore: {}\n", config.server.listen, store);
  out += fmt::format("sessions: online for {}\n", format_duration(config.sessions.timeout));
  for (const RosterConfig& roster : config.rosters) {
    out += fmt::format("roster {}: live for {}\n", roster.name, format_duration(roster.ttl));
  }
  for (const core::RetentionPolicy& policy : retention_policies(config)) {
    out += fmt::format("retention {}: every {}, rows of {} {}\n", policy.name,
                       format_duration(policy.every), policy.table, describe_clauses(policy));
  }
  return out;
}

}  // namespace

std::vector<std::string> config_warnings(const Config& config, const Environment& environment) {
  std::vector<std::string> warnings;
  add_homeless(config, warnings);
  add_keyless(config.auth, warnings);
  add_misspelled(environment, warnings);
  return warnings;
}

std::vector<std::string> unreadable_files(const Config& config) {
  std::vector<std::string> unreadable;
  Config named = config;
  for (const Setting& setting : settings_of(named)) {
    const auto* const file = std::get_if<FilePath>(&setting.kind);
    if (file == nullptr || file->value->empty()) continue;
    const auto bytes = read_file(*file->value);
    if (bytes.ok()) continue;
    unreadable.push_back(fmt::format("{}: {}", setting.path, bytes.error().message));
  }
  return unreadable;
}

base::Result<std::string> check_config(const ConfigSources& sources) {
  const auto config = load_config(sources);
  if (!config.ok()) return config.error();
  std::string problems;
  for (const std::string& problem : unreadable_files(config.value())) {
    problems += (problems.empty() ? "" : "\n") + problem;
  }
  if (!problems.empty()) {
    return base::Error{base::Errc::invalid_argument, "unreadable_file", std::move(problems)};
  }
  if (const auto rules = load_access_rules(config.value()); !rules) return rules.error();
  std::string report = summary(config.value());
  for (const std::string& warning : config_warnings(config.value(), sources.environment)) {
    report += fmt::format("warning: {}\n", warning);
  }
  return report;
}

}  // namespace rollcall::app

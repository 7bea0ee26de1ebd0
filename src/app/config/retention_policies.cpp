#include "app/config/retention_policies.hpp"

#include "app/config/units.hpp"

#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace rollcall::app {
namespace {

struct Preset {
  std::string_view name{};
  std::string_view table{};
  std::string_view id{};
  std::string_view created_at{};
  std::string_view user_id{};
  std::string_view expires_at{};
  std::string_view last_seen{};
  Millis anonymous_after{0};
  Millis idle_after{0};
};

constexpr std::array kPresets{
    Preset{.name = "hatchet",
           .table = "UserSession",
           .id = "id",
           .created_at = "createdAt",
           .user_id = "userId",
           .expires_at = "expiresAt",
           .anonymous_after = hours(24)},
    Preset{.name = "active_sessions",  // its idle_after depends on sessions.timeout
           .table = "active_sessions",
           .id = "session_id",
           .last_seen = "last_activity"},
    Preset{.name = "django_session",
           .table = "django_session",
           .id = "session_key",
           .expires_at = "expire_date"},
    Preset{.name = "connect-pg-simple", .table = "session", .id = "sid", .expires_at = "expire"},
    Preset{.name = "rails",
           .table = "sessions",
           .id = "id",
           .last_seen = "updated_at",
           .idle_after = std::chrono::days(30)},
};

Preset preset_of(const RetentionConfig& given, const SessionsConfig& sessions) {
  for (Preset preset : kPresets) {
    if (preset.name != given.preset) continue;
    if (preset.name == "active_sessions") preset.idle_after = sessions.timeout + kSessionMargin;
    return preset;
  }
  return {};
}

std::string either(const std::string& given, std::string_view otherwise) {
  return given.empty() ? std::string(otherwise) : given;
}

Millis either(Millis given, Millis otherwise) {
  return given.count() == 0 ? otherwise : given;
}

}  // namespace

core::RetentionPolicy retention_policy(const RetentionConfig& given, const Config& config) {
  const Preset preset = preset_of(given, config.sessions);
  return {.name = given.name,
          .url = either(given.url, config.postgres.url),
          .table = either(given.table, preset.table),
          .id = either(given.id, preset.id),
          .created_at = either(given.created_at, preset.created_at),
          .user_id = either(given.user_id, preset.user_id),
          .expires_at = either(given.expires_at, preset.expires_at),
          .last_seen = either(given.last_seen, preset.last_seen),
          .anonymous_after = either(given.anonymous_after, preset.anonymous_after),
          .idle_after = either(given.idle_after, preset.idle_after),
          .time_zone = given.time_zone,
          .every = given.every,
          .batch_target = given.batch_target,
          .replica_lag = given.replica_lag,
          .rebuild_lock = given.rebuild_lock};
}

std::vector<core::RetentionPolicy> retention_policies(const Config& config) {
  std::vector<core::RetentionPolicy> policies;
  for (const RetentionConfig& given : config.retentions) {
    core::RetentionPolicy policy = retention_policy(given, config);
    if (!policy.url.empty()) policies.push_back(std::move(policy));
  }
  return policies;
}

std::string describe_clauses(const core::RetentionPolicy& policy) {
  std::string text;
  const auto add = [&](std::string clause) {
    text += (text.empty() ? "" : ", ") + std::move(clause);
  };
  if (!policy.expires_at.empty()) add("past " + policy.expires_at);
  if (policy.anonymous_after.count() != 0) {
    add("of nobody after " + format_duration(policy.anonymous_after));
  }
  if (policy.idle_after.count() != 0) {
    add("not used for " + format_duration(policy.idle_after));
  }
  return text;
}

}  // namespace rollcall::app

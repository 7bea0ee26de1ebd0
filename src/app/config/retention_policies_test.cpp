#include "app/config/retention_policies.hpp"

#include "app/config/config_file.hpp"
#include "app/config/consistency.hpp"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace rollcall::app {
namespace {

using core::RetentionPolicy;
using std::chrono::days;

std::vector<RetentionPolicy> policies_of(const std::string& text) {
  ConfigDraft draft;
  read_config_text("[postgres]\nurl = \"postgresql:///app\"\n" + text, "f.toml", draft);
  check_consistency(draft);
  const auto config = std::move(draft).finish();
  if (config.ok()) return retention_policies(config.value());
  ADD_FAILURE() << config.error().message;
  return {};
}

RetentionPolicy preset(const std::string& name) {
  const auto all = policies_of("[[retention]]\nname = \"a\"\npreset = \"" + name + "\"");
  return all.empty() ? RetentionPolicy{} : all.front();
}

TEST(RetentionPolicies, KnowTheTablesOfLibraries) {
  RetentionPolicy all;
  all.name = "a";
  all.url = "postgresql:///app";
  RetentionPolicy hatchet = all;
  hatchet.table = "UserSession";
  hatchet.id = "id";
  hatchet.created_at = "createdAt";
  hatchet.user_id = "userId";
  hatchet.expires_at = "expiresAt";
  hatchet.anonymous_after = hours(24);
  EXPECT_EQ(preset("hatchet"), hatchet);
  RetentionPolicy sessions = all;
  sessions.table = "active_sessions";
  sessions.id = "session_id";
  sessions.last_seen = "last_activity";
  sessions.idle_after = minutes(16);
  EXPECT_EQ(preset("active_sessions"), sessions);
  RetentionPolicy django = all;
  django.table = "django_session";
  django.id = "session_key";
  django.expires_at = "expire_date";
  EXPECT_EQ(preset("django_session"), django);
  RetentionPolicy express = all;
  express.table = "session";
  express.id = "sid";
  express.expires_at = "expire";
  EXPECT_EQ(preset("connect-pg-simple"), express);
  RetentionPolicy rails = all;
  rails.table = "sessions";
  rails.id = "id";
  rails.last_seen = "updated_at";
  rails.idle_after = days(30);
  EXPECT_EQ(preset("rails"), rails);
}

TEST(RetentionPolicies, TakeWhatIsGivenBesideAPreset) {
  const auto policies = policies_of(R"([sessions]
timeout = "1h"
[[retention]]
name = "a"
preset = "hatchet"
url = "postgresql:///other"
table = "app.UserSession"
anonymous_after = "48h"
time_zone = "Europe/Berlin"
every = "5m"
batch_target = "20ms"
replica_lag = "30s"
rebuild_lock = "1s"
[[retention]]
name = "b"
preset = "active_sessions")");
  ASSERT_EQ(policies.size(), 2U);
  EXPECT_EQ(policies[0].url, "postgresql:///other");
  EXPECT_EQ(policies[0].table, "app.UserSession");
  EXPECT_EQ(policies[0].expires_at, "expiresAt");
  EXPECT_EQ(policies[0].anonymous_after, hours(48));
  EXPECT_EQ(policies[0].time_zone, "Europe/Berlin");
  EXPECT_EQ(policies[0].every, minutes(5));
  EXPECT_EQ(policies[0].batch_target, Millis(20));
  EXPECT_EQ(policies[0].replica_lag, seconds(30));
  EXPECT_EQ(policies[0].rebuild_lock, seconds(1));
  EXPECT_EQ(describe_clauses(policies[0]), "past expiresAt, of nobody after 2d");
  EXPECT_EQ(policies[1].url, "postgresql:///app");
  EXPECT_EQ(policies[1].idle_after, minutes(61));
  EXPECT_EQ(describe_clauses(policies[1]), "not used for 61m");
}

TEST(RetentionPolicies, NeedADatabase) {
  Config config;
  config.retentions.resize(2);
  config.retentions[1].name = "b";
  config.retentions[1].url = "postgresql:///other";
  const auto policies = retention_policies(config);
  ASSERT_EQ(policies.size(), 1U);
  EXPECT_EQ(policies[0].name, "b");
}

}  // namespace
}  // namespace rollcall::app

#include "app/doctor/redis_judgement.hpp"

#include "app/doctor/report.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace rollcall::app {
namespace {

redis::Inspection healthy() {
  redis::Inspection redis;
  redis.where = "redis://127.0.0.1:6379/0";
  redis.user = "default";
  redis.server = {3, "7.0.15", "run", "master", "noeviction", {}};
  redis.info = {{"role", "master"},        {"cluster_enabled", "0"},
                {"maxmemory", "0"},        {"maxmemory_policy", "noeviction"},
                {"aof_enabled", "1"},      {"rdb_last_bgsave_status", "ok"},
                {"connected_clients", "3"}};
  redis.config = {{"client-output-buffer-limit",
                   "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60"},
                  {"save", "3600 1"},
                  {"timeout", "0"},
                  {"maxclients", "10000"}};
  redis.is_permission_known = true;
  return redis;
}

std::vector<Finding> judged(const redis::Inspection& redis) {
  Findings findings("redis");
  judge(redis, findings);
  return findings.all();
}

Finding found(const redis::Inspection& redis, std::string_view check) {
  for (const Finding& finding : judged(redis)) {
    if (finding.check == check) return finding;
  }
  return {"", "", Severity::ok, "nothing"};
}

TEST(RedisJudgement, FindsNothingWrongWithAHealthyOne) {
  EXPECT_EQ(worst_of(judged(healthy())), Severity::ok) << report_text(judged(healthy()));
}

TEST(RedisJudgement, EvictionMattersOnceMemoryIsLimited) {
  redis::Inspection redis = healthy();
  (*redis.info)["maxmemory_policy"] = "allkeys-lru";
  EXPECT_EQ(found(redis, "eviction").severity, Severity::note);
  (*redis.info)["maxmemory"] = "1000000";
  (*redis.info)["used_memory"] = "1000";
  const Finding eviction = found(redis, "eviction");
  EXPECT_EQ(eviction.severity, Severity::problem);
  EXPECT_NE(eviction.what.find("allkeys-lru"), std::string::npos);
  EXPECT_NE(eviction.mend.find("noeviction"), std::string::npos);
  EXPECT_EQ(found(redis, "memory").what, "nothing");
  (*redis.info)["used_memory"] = "950000";
  EXPECT_EQ(found(redis, "memory").severity, Severity::warning);
}

TEST(RedisJudgement, RefusesWhatIsNoPrimary) {
  redis::Inspection redis = healthy();
  (*redis.info)["role"] = "slave";
  EXPECT_EQ(found(redis, "role").severity, Severity::problem);
  redis = healthy();
  redis.server.role = "replica";
  EXPECT_EQ(found(redis, "role").severity, Severity::problem);
  redis = healthy();
  (*redis.info)["cluster_enabled"] = "1";
  EXPECT_EQ(found(redis, "cluster").severity, Severity::problem);
}

TEST(RedisJudgement, NamesAllThatIsForbiddenAndTheGrantForIt) {
  using enum redis::Forbidden::Of;
  redis::Inspection redis = healthy();
  redis.user = "app";
  redis.forbidden = {{command, "ZADD", "online_sessions"},
                     {command, "ZADD", "crm"},
                     {key, "SET", "{presence:*"},
                     {channel, "SUBSCRIBE", "rollcall:*"}};
  EXPECT_EQ(found(redis, "acl"),
            (Finding{"redis", "acl", Severity::problem,
                     "the user app may not run ZADD, nor use the keys {presence:*, nor use the "
                     "channels rollcall:*",
                     "ACL SETUSER app &rollcall:* +zadd ~{presence:*; then ACL SAVE, or "
                     "CONFIG REWRITE without an aclfile"}));
  redis.forbidden.clear();
  redis.is_permission_known = false;
  EXPECT_EQ(found(redis, "acl").severity, Severity::note);
}

TEST(RedisJudgement, HiddenInfoIsAWarningAndNoReasonToGuess) {
  redis::Inspection redis = healthy();
  redis.info.reset();
  redis.config.reset();
  redis.server.run_id.clear();
  redis.server.maxmemory_policy.clear();
  EXPECT_EQ(found(redis, "info").severity, Severity::warning);
  for (const char* check : {"eviction", "persistence", "buffers", "timeout", "clients"}) {
    EXPECT_EQ(found(redis, check).what, "nothing") << check;
  }
}

TEST(RedisJudgement, TellsOfFailedSavesAndOfNone) {
  redis::Inspection redis = healthy();
  (*redis.info)["aof_enabled"] = "0";
  EXPECT_EQ(found(redis, "persistence").severity, Severity::ok);
  (*redis.config)["save"] = "";
  EXPECT_EQ(found(redis, "persistence").severity, Severity::note);
  for (const char* status : {"rdb_last_bgsave_status", "aof_last_write_status"}) {
    redis = healthy();
    (*redis.info)[status] = "err";
    EXPECT_EQ(found(redis, "persistence").severity, Severity::problem) << status;
  }
}

TEST(RedisJudgement, TellsOfLimitsThatCutLinks) {
  redis::Inspection redis = healthy();
  (*redis.config)["client-output-buffer-limit"] = "normal 0 0 0 pubsub 65536 0 0";
  EXPECT_EQ(found(redis, "buffers").severity, Severity::warning);
  (*redis.config)["client-output-buffer-limit"] = "normal 1 1 1 pubsub 0 0 0";
  EXPECT_EQ(found(redis, "buffers").severity, Severity::ok);
  (*redis.config)["timeout"] = "5";
  EXPECT_EQ(found(redis, "timeout").severity, Severity::warning);
  (*redis.info)["connected_clients"] = "9500";
  EXPECT_EQ(found(redis, "clients").severity, Severity::warning);
}

TEST(RedisJudgement, MeasuresClocksBeyondWhatTheWayExplains) {
  using base::Millis;
  redis::Inspection redis = healthy();
  redis.clock_ahead = Millis(1'500);
  redis.clock_doubt = Millis(600);
  EXPECT_EQ(found(redis, "clock").severity, Severity::ok);
  redis.clock_doubt = Millis(20);
  EXPECT_EQ(found(redis, "clock").severity, Severity::warning);
  redis.clock_ahead = Millis(-30'000);
  const Finding clock = found(redis, "clock");
  EXPECT_EQ(clock.severity, Severity::problem);
  EXPECT_NE(clock.what.find("30000 ms behind"), std::string::npos) << clock.what;
}

}  // namespace
}  // namespace rollcall::app

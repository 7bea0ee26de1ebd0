#include "app/config/config_report.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace rollcall::app {
namespace {

using Texts = std::vector<std::string>;

TEST(ConfigWarnings, NamePoliciesWithoutADatabase) {
  EXPECT_EQ(config_warnings(Config{}, {}), Texts{});
  Config config;
  config.server.listen = "127.0.0.1:1";
  config.realtime.ping = std::chrono::seconds(10);
  config.refreshes.resize(2);
  config.retentions.resize(2);
  config.retentions[0].name = "a";
  config.retentions[1].name = "b";
  config.retentions[1].url = "postgresql:///other";
  EXPECT_EQ(config_warnings(config, {}),
            Texts{"[[retention]] \"a\" has no effect without a database: give postgres.url, or "
                  "url beside it"});
  config.postgres.url = "postgresql:///app";
  EXPECT_EQ(config_warnings(config, {}), Texts{});
}

TEST(ConfigWarnings, TellThatTokensNeedAKey) {
  Config config;
  config.auth.issuer = "https://id.example";
  EXPECT_EQ(config_warnings(config, {}),
            Texts{"[auth] has no effect without a key: give auth.secret_file, "
                  "auth.public_key_file or auth.jwks_file"});
  config.auth.secret_file = "secret";
  EXPECT_EQ(config_warnings(config, {}), Texts{});
}

TEST(ConfigWarnings, NameVariablesThatAreNearlySettings) {
  const Environment environment{{"ROLLCALL_REDS_URL", "x"},
                                {"ROLLCALL_REDIS_URL", "redis://h"},
                                {"ROLLCALL_PORT", "tcp://10.0.0.1:8085"},
                                {"ROLLCALL_SERVICE_HOST", "10.0.0.1"},
                                {"ROLLCALL_PORT_8085_TCP_ADDR", "10.0.0.1"}};
  EXPECT_EQ(config_warnings(Config{}, environment),
            Texts{"the variable \"ROLLCALL_REDS_URL\" has no effect; did you mean "
                  "ROLLCALL_REDIS_URL?"});
}

TEST(UnreadableFiles, AreNamedWithTheirSetting) {
  Config config;
  config.server.api_keys_file = "/nonexistent/keys";
  config.server.tls.certificate_file = "/dev/null";
  EXPECT_EQ(unreadable_files(config),
            Texts{"server.api_keys_file: /nonexistent/keys: No such file or directory"});
}

TEST(CheckConfig, SumsUpOrListsTheProblems) {
  ConfigSources sources;
  sources.environment = {{"ROLLCALL_REDIS_URL", "redis://:hunter2@h"},
                         {"ROLLCALL_POSTGRES_URL", "postgresql:///app"},
                         {"ROLLCALL_REALTIME_PING", "10s"}};
  const auto report = check_config(sources);
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report.value(),
            "ok\nlistens on 127.0.0.1:8085\n"
            "store: Redis, and PostgreSQL while Redis is broken\n"
            "sessions: online for 15m\n");

  sources.environment = {{"ROLLCALL_REDIS_CA_FILE", "/nonexistent/a"},
                         {"ROLLCALL_AUTH_JWKS_FILE", "/nonexistent/b"}};
  const auto problems = check_config(sources);
  ASSERT_FALSE(problems.ok());
  EXPECT_EQ(problems.error().message,
            "redis.ca_file: /nonexistent/a: No such file or directory\n"
            "auth.jwks_file: /nonexistent/b: No such file or directory");

  sources.environment = {{"ROLLCALL_AUTH_SECRET_FILE", "/dev/null"}};
  const auto weak = check_config(sources);
  ASSERT_FALSE(weak.ok());
  EXPECT_EQ(weak.error().message,
            "auth.secret_file: /dev/null: is under 32 bytes, which can be guessed: make one with "
            "\"openssl rand -hex 32\"");
}

}  // namespace
}  // namespace rollcall::app

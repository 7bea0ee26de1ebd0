#include "app/config/config_sources.hpp"

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

namespace rollcall::app {
namespace {

// A file that is gone with the test.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view text)
      : path_(testing::TempDir() + "rollcall_sources_" + std::to_string(::getpid()) + ".toml") {
    std::ofstream(path_) << text;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST(Environment, HoldsOnlyRollcallsOwn) {
  const char* const variables[] = {"PATH=/bin",
                                   "ROLLCALL_REDIS_URL=redis://h?a=b",
                                   "ROLLCALL_BROKEN",
                                   "ROLLCALL_SERVER_NODE_NAME=",
                                   "XROLLCALL_LOG_LEVEL=off",
                                   nullptr};
  EXPECT_EQ(rollcall_environment(variables), (Environment{{"ROLLCALL_REDIS_URL", "redis://h?a=b"},
                                                          {"ROLLCALL_SERVER_NODE_NAME", ""}}));
  EXPECT_TRUE(rollcall_environment(nullptr).empty());
}

TEST(LoadConfig, LetsFlagsBeatTheEnvironmentBeatTheFileBeatTheDefaults) {
  const TemporaryFile file(
      "[server]\nlisten = \"127.0.0.1:1\"\nnode_name = \"file\"\nthreads = 1\n");
  ConfigSources sources;
  sources.file = file.path();
  sources.environment = {{"ROLLCALL_SERVER_LISTEN", "127.0.0.1:2"},
                         {"ROLLCALL_SERVER_NODE_NAME", "environment"}};
  sources.flags = {{"--listen", "server.listen", "127.0.0.1:3"}};
  const auto config = load_config(sources);
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(config.value().server.listen, "127.0.0.1:3");
  EXPECT_EQ(config.value().server.node_name, "environment");
  EXPECT_EQ(config.value().server.threads, 1U);
  EXPECT_EQ(config.value().sessions.key, "online_sessions");
  EXPECT_FALSE(config.value().dev);
}

TEST(LoadConfig, ListsTheProblemsOfAllSources) {
  const TemporaryFile file("[server]\nlistn = \"127.0.0.1:1\"\nthreads = -1\n");
  ConfigSources sources;
  sources.file = file.path();
  sources.environment = {{"ROLLCALL_REDIS_TIMEOUT", "soon"}};
  sources.flags = {{"--log-level", "log.level", "loud"}};
  const auto config = load_config(sources);
  ASSERT_FALSE(config.ok());
  EXPECT_EQ(config.error().code, "invalid_config");
  EXPECT_EQ(
      config.error().message,
      file.path() + ":2:1: unknown key \"server.listn\"; did you mean server.listen?\n" +
          file.path() + ":3:1: server.threads: -1 is outside of 0 to 1024\n" +
          "ROLLCALL_REDIS_TIMEOUT: redis.timeout: \"soon\" is no duration: give a whole number "
          "with a unit (ms, s, m, h, d), such as \"150ms\", \"54s\" or \"5m\"\n"
          "--log-level: log.level: expects one of \"debug\", \"info\", \"warn\", \"error\", "
          "\"off\", not \"loud\"");
}

TEST(LoadConfig, NamesTheSourceOfAClash) {
  ConfigSources sources;
  sources.dev = true;
  sources.flags = {{"--listen", "server.listen", "0.0.0.0:8085"}};
  const auto config = load_config(sources);
  ASSERT_FALSE(config.ok());
  EXPECT_TRUE(config.error().message.starts_with("--listen: server.listen: \"0.0.0.0:8085\" is "))
      << config.error().message;
}

TEST(LoadConfig, RefusesAFileThatIsNotThere) {
  ConfigSources sources;
  sources.file = "/nonexistent/rollcall.toml";
  const auto config = load_config(sources);
  ASSERT_FALSE(config.ok());
  EXPECT_EQ(config.error().message, "/nonexistent/rollcall.toml: No such file or directory");
}

}  // namespace
}  // namespace rollcall::app

#include "app/command/command_line.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace rollcall::app {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;
using Arguments = std::vector<std::string>;

Finished finished(const Arguments& arguments, const Environment& environment = {}) {
  Command command = parse_command_line(arguments, environment);
  if (auto* const done = std::get_if<Finished>(&command)) return *done;
  return {.status = -1, .output = "not finished"};
}

ServeCommand serve(const Arguments& arguments, const Environment& environment = {}) {
  Command command = parse_command_line(arguments, environment);
  if (auto* const run = std::get_if<ServeCommand>(&command)) return *run;
  ADD_FAILURE() << finished(arguments, environment).error;
  return {};
}

TEST(CommandLine, ServesWithTheDefaults) {
  const ServeCommand command = serve({"serve"});
  EXPECT_EQ(command.config.server.listen, "127.0.0.1:8085");
  EXPECT_FALSE(command.config.dev);
  EXPECT_TRUE(command.warnings.empty());
}

TEST(CommandLine, TakesEveryFlagOfServe) {
  const ServeCommand command =
      serve({"serve", "--dev", "--listen", "[::1]:0", "--redis=redis://h:1", "--postgres",
             "postgresql:///app", "--data-dir", "/var/lib/rollcall", "--threads", "3",
             "--node-name", "n1", "--log-level", "debug", "--log-format", "json"});
  EXPECT_TRUE(command.config.dev);
  EXPECT_EQ(command.config.server.listen, "[::1]:0");
  EXPECT_EQ(command.config.redis.url, "redis://h:1");
  EXPECT_EQ(command.config.postgres.url, "postgresql:///app");
  EXPECT_EQ(command.config.store.data_dir, "/var/lib/rollcall");
  EXPECT_EQ(command.config.server.threads, 3U);
  EXPECT_EQ(command.config.server.node_name, "n1");
  EXPECT_EQ(command.config.log.level, "debug");
  EXPECT_EQ(command.config.log.format, "json");
}

TEST(CommandLine, KeepsTheSourcesForAReload) {
  const ServeCommand command =
      serve({"serve", "--dev", "--threads", "2", "--redis", ""},
            {{"ROLLCALL_REDIS_URL", "redis://h"}, {"ROLLCALL_AUTH_ISSUER", "https://id.example"}});
  EXPECT_EQ(command.config.redis.url, "");
  ASSERT_EQ(command.warnings.size(), 1U);
  EXPECT_THAT(command.warnings.front(), StartsWith("[auth] has no effect without a key"));
  const auto again = load_config(command.sources);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again.value().server.threads, 2U);
  EXPECT_TRUE(again.value().dev);
}

TEST(CommandLine, RefusesABadValueWithTheFlagsName) {
  const Finished done = finished({"serve", "--threads", "many"});
  EXPECT_EQ(done.status, 1);
  EXPECT_EQ(done.error, "--threads: server.threads: expects a whole number, not \"many\"\n");
}

TEST(CommandLine, AsksForTheStatusWithAKeyOfTheEnvironment) {
  const Command command = parse_command_line(Arguments{"status", "--url", "https://h", "--json"},
                                             {{"ROLLCALL_API_KEY", "a-key"}});
  ASSERT_TRUE(std::holds_alternative<StatusCommand>(command));
  const auto& status = std::get<StatusCommand>(command);
  EXPECT_EQ(status.url, "https://h");
  EXPECT_EQ(status.api_key, "a-key");
  EXPECT_TRUE(status.json);
  EXPECT_EQ(finished({"status", "--api-key-file", "/no/such/file"}).status, 2);
}

TEST(CommandLine, MigratesWhenItKnowsWhere) {
  const Command command =
      parse_command_line(Arguments{"migrate"}, {{"ROLLCALL_POSTGRES_URL", "postgresql:///app"}});
  ASSERT_TRUE(std::holds_alternative<MigrateCommand>(command));
  EXPECT_EQ(std::get<MigrateCommand>(command).config.postgres.url, "postgresql:///app");
  const Finished done = finished({"migrate"});
  EXPECT_EQ(done.status, 1);
  EXPECT_EQ(done.error, "postgres.url: must be given, as --postgres URL or in the settings\n");
}

TEST(CommandLine, MakesATokenAndNothingElse) {
  const Environment environment{{"ROLLCALL_AUTH_SECRET", std::string(32, 's')}};
  const Finished done = finished(
      {"token", "--sub", "ann", "--ttl", "5m", "--watch", "bob", "--watch", "*"}, environment);
  EXPECT_EQ(done.status, 0) << done.error;
  EXPECT_EQ(done.error, "");
  EXPECT_THAT(done.output, MatchesRegex("[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\n"));
  EXPECT_EQ(finished({"token", "--sub", "ann"}).error,
            "auth.secret_file: must be given, or auth.secret: HS256 signs with it\n");
}

TEST(CommandLine, TellsItsVersion) {
  for (const char* const word : {"version", "--version"}) {
    const Finished done = finished({word});
    EXPECT_EQ(done.status, 0);
    EXPECT_EQ(done.output, "rollcall " ROLLCALL_VERSION "\n");
  }
}

TEST(CommandLine, HelpsWithEveryCommand) {
  const Finished help = finished({"--help"});
  EXPECT_EQ(help.status, 0);
  EXPECT_EQ(help.error, "");
  for (const char* const name :
       {"serve", "migrate", "check-config", "print-config", "token", "version"}) {
    EXPECT_THAT(help.output, HasSubstr("\n  rollcall " + std::string(name) + " "));
    const Finished own = finished({name, "--help"});
    EXPECT_EQ(own.status, 0);
    EXPECT_THAT(own.output, HasSubstr("Usage: rollcall " + std::string(name)));
  }
  EXPECT_THAT(finished({"serve", "--help"}).output,
              HasSubstr("--threads N               Threads that serve; 0: one per core\n"));
}

TEST(CommandLine, WithoutACommandHelpsAndFails) {
  const Finished done = finished({});
  EXPECT_EQ(done.status, 2);
  EXPECT_EQ(done.output, "");
  EXPECT_EQ(done.error, finished({"--help"}).output);
}

struct Slip {
  Arguments arguments;
  std::string error;
};

class CommandLineSlips : public testing::TestWithParam<Slip> {};

TEST_P(CommandLineSlips, AreAnsweredWithWhatWasMeant) {
  const Finished done = finished(GetParam().arguments);
  EXPECT_EQ(done.status, 2);
  EXPECT_EQ(done.output, "");
  EXPECT_THAT(done.error, StartsWith(GetParam().error));
  EXPECT_THAT(done.error, HasSubstr("--help\".\n"));
}

INSTANTIATE_TEST_SUITE_P(
    All, CommandLineSlips,
    testing::Values(
        Slip{{"srve"}, "rollcall: unknown command \"srve\"; did you mean serve?\n"},
        Slip{{"fly"}, "rollcall: unknown command \"fly\"\n"},
        Slip{{"serve", "--lisen", "a:1"},
             "rollcall: unknown flag \"--lisen\"; did you mean --listen?\n"},
        Slip{{"serve", "--reds=redis://:hunter2@h"},
             "rollcall: unknown flag \"--reds\"; did you mean --redis?\n"},
        Slip{{"serve", "--eco"}, "rollcall: unknown flag \"--eco\"; did you mean --echo?\n"},
        Slip{{"--verson"}, "rollcall: unknown flag \"--verson\"; did you mean --version?\n"},
        Slip{{"migrate", "--redis", "x"}, "rollcall: unknown flag \"--redis\""},
        Slip{{"serve", "now"}, "rollcall: unexpected argument \"now\"\n"},
        Slip{{"serve", "redis://:hunter2@h"},
             "rollcall: unexpected argument \"redis://:***@h\"\n"},
        Slip{{"check-config"}, "rollcall: FILE is required\n"},
        Slip{{"token"}, "rollcall: --sub is required\n"},
        Slip{{"token", "--sub", "ann", "bob"}, "rollcall: unexpected argument \"bob\"\n"},
        Slip{{"check-config", "a", "b"}, "rollcall: unexpected argument \"b\"\n"},
        Slip{{"serve", "--listen"}, "rollcall: --listen: "},
        Slip{{"doctor", "--orign", "x"},
             "rollcall: unknown flag \"--orign\"; did you mean --origin?\n"},
        Slip{{"bench", "fanuot"}, "rollcall: unknown command \"fanuot\"; did you mean fanout?\n"},
        Slip{{"bench", "heartbeats", "--bytes", "1"}, "rollcall: unknown flag \"--bytes\""},
        Slip{{"bench", "heartbeats", "--connections", "0"}, "rollcall: --connections: must be 1 "},
        Slip{{"bench", "heartbeats", "--duration", "soon"}, "rollcall: --duration: "},
        Slip{{"version", "--threads", "1"}, "rollcall: unknown flag \"--threads\"\n"}));

TEST(CommandLine, ChecksAFile) {
  const std::string path =
      testing::TempDir() + "rollcall_command_" + std::to_string(::getpid()) + ".toml";
  std::ofstream(path) << "[server]\nthreads = 2\n";
  const Finished right = finished({"check-config", path});
  EXPECT_EQ(right.status, 0);
  EXPECT_THAT(right.output, StartsWith("ok\n"));
  std::ofstream(path) << "[server]\nthread = 2\n";
  const Finished wrong = finished({"check-config", path});
  EXPECT_EQ(wrong.status, 1);
  EXPECT_EQ(wrong.output, "");
  EXPECT_EQ(wrong.error,
            path + ":2:1: unknown key \"server.thread\"; did you mean server.threads?\n");
  std::filesystem::remove(path);
}

TEST(CommandLine, ABenchLastsForATimeOrForANumber) {
  const auto bench = [](std::vector<std::string> arguments) {
    Command command = parse_command_line(arguments, {{"ROLLCALL_API_KEY", "k"}});
    EXPECT_TRUE(std::holds_alternative<BenchCommand>(command));
    return std::get<BenchCommand>(std::move(command));
  };
  const BenchCommand usual = bench({"bench", "heartbeats"});
  EXPECT_EQ(usual.duration, seconds(10));
  EXPECT_EQ(usual.api_key, "") << "beats need none";
  EXPECT_EQ(bench({"bench", "heartbeats", "--requests", "9"}).duration, hours(24));
  const BenchCommand given =
      bench({"bench", "fanout", "--requests", "9", "--duration", "3s", "--broadcast"});
  EXPECT_EQ(given.duration, seconds(3));
  EXPECT_EQ(given.api_key, "k");
  EXPECT_EQ(given.request.verb, BenchVerb::fanout);
  EXPECT_TRUE(given.request.broadcast);
}

TEST(CommandLine, ADoctorTakesSeveralOrigins) {
  Command command =
      parse_command_line(std::vector<std::string>{"doctor", "--origin", "https://a.example",
                                                  "--origin", "https://b.example", "--wait"},
                         {});
  ASSERT_TRUE(std::holds_alternative<DoctorCommand>(command));
  const auto& request = std::get<DoctorCommand>(command).request;
  EXPECT_EQ(request.origins.size(), 2U);
  EXPECT_TRUE(request.wait);
  EXPECT_FALSE(request.json);
}

TEST(CommandLine, PrintsWhatIsInEffect) {
  const Finished done = finished({"print-config"}, {{"ROLLCALL_SERVER_THREADS", "7"},
                                                    {"ROLLCALL_REDIS_URL", "redis://:hunter2@h"}});
  EXPECT_EQ(done.status, 0);
  EXPECT_THAT(done.output, HasSubstr("\nthreads = 7\n"));
  EXPECT_THAT(done.output, Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace rollcall::app

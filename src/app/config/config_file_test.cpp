#include "app/config/config_file.hpp"

#include "app/config/settings.hpp"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace rollcall::app {
namespace {

std::string problems_of(const std::string& text) {
  ConfigDraft draft;
  read_config_text(text, "f.toml", draft);
  const auto config = std::move(draft).finish();
  return config.ok() ? "" : config.error().message;
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

TEST(ConfigFile, FillsTheConfiguration) {
  ConfigDraft draft;
  read_config_text(R"(
log.level = "debug"
sessions = { timeout = "20m", key = "online" }
[server]
listen = "[::1]:0"
allowed_origins = [
  "https://a.example",
  "https://b.example",  # and a comma at the end
]
[server.tls]
certificate_file = 'cert.pem'
[realtime]
queue_bytes = 1_048_577
max_message = "512KB"
[[roster]]
name = "crm_navbar"
ttl = "300s"
score = "s"
key_expiry = "1d"
[[roster]]
name = "second"
)",
                   "f.toml", draft);
  const auto loaded = std::move(draft).finish();
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  const Config& config = loaded.value();
  EXPECT_EQ(config.log.level, "debug");
  EXPECT_EQ(config.server.listen, "[::1]:0");
  EXPECT_EQ(config.server.allowed_origins.size(), 2U);
  EXPECT_EQ(config.server.tls.certificate_file, "cert.pem");
  EXPECT_EQ(config.sessions.timeout, std::chrono::minutes(20));
  EXPECT_EQ(config.sessions.key, "online");
  EXPECT_EQ(config.realtime.queue_bytes, 1'048'577U);
  EXPECT_EQ(config.realtime.max_message, 512'000U);
  ASSERT_EQ(config.rosters.size(), 2U);
  EXPECT_EQ(config.rosters[0].score, "s");
  EXPECT_EQ(config.rosters[0].key_expiry, std::chrono::hours(24));
  EXPECT_EQ(config.rosters[1].ttl, RosterConfig{}.ttl);
}

struct Refusal {
  std::string text;
  std::string problems;
};

class ConfigFileRefuses : public testing::TestWithParam<Refusal> {};

TEST_P(ConfigFileRefuses, WithLineAndColumn) {
  EXPECT_EQ(problems_of(GetParam().text), GetParam().problems);
}

INSTANTIATE_TEST_SUITE_P(
    Keys, ConfigFileRefuses,
    testing::Values(
        Refusal{"[server]\nlistn = \"a:1\"",
                "f.toml:2:1: unknown key \"server.listn\"; did you mean server.listen?"},
        Refusal{"[server]\n  thread = 1",
                "f.toml:2:3: unknown key \"server.thread\"; did you mean server.threads?"},
        Refusal{"listen = \"a:1\"",
                "f.toml:1:1: unknown key \"listen\"; did you mean server.listen?"},
        Refusal{"[redis]\ndata_dir = \"x\"",
                "f.toml:2:1: unknown key \"redis.data_dir\"; did you mean store.data_dir?"},
        Refusal{"\n[serer]\nlisten = \"a:1\"",
                "f.toml:2:2: unknown section \"serer\"; did you mean server?"},
        Refusal{"[rosters]\nname = \"x\"",
                "f.toml:1:2: unknown section \"rosters\"; did you mean roster?"},
        Refusal{"[server.tsl]\nx = 1",
                "f.toml:1:9: unknown section \"server.tsl\"; did you mean server.tls?"},
        Refusal{"zebra = 1", "f.toml:1:1: unknown key \"zebra\""},
        Refusal{"server = 1",
                "f.toml:1:1: server: is a section: write [server] above its settings"},
        Refusal{"\"a\\nb\" = 1", "f.toml:1:1: unknown key \"a\\u000ab\""}));

INSTANTIATE_TEST_SUITE_P(
    Values, ConfigFileRefuses,
    testing::Values(
        Refusal{"[server]\nlisten = 8085",
                "f.toml:2:1: server.listen: expects text in quotes, not 8085"},
        Refusal{"[server]\nthreads = 1.5",
                "f.toml:2:1: server.threads: expects a whole number, not a fraction"},
        Refusal{"[server]\nthreads = 2026-01-31",
                "f.toml:2:1: server.threads: expects a whole number, not a date or time"},
        Refusal{"[server.threads]\nx = 1",
                "f.toml:1:9: server.threads: expects a whole number, not a table"},
        Refusal{"[log]\nlevel = [\"info\"]",
                "f.toml:2:1: log.level: expects one of \"debug\", \"info\", \"warn\", \"error\", "
                "\"off\", not a list"},
        Refusal{"[server]\nallowed_origins = [1, 2]",
                "f.toml:2:1: server.allowed_origins: expects a list of texts, such as [\"one\", "
                "\"two\"], not a list that does not hold texts alone"},
        Refusal{
            "[sessions]\ntimeout = \"15 min\"",
            "f.toml:2:1: sessions.timeout: \"15 min\" has an unknown unit: give a whole number "
            "with a unit (ms, s, m, h, d), such as \"150ms\", \"54s\" or \"5m\""},
        Refusal{"[auth]\nsecret = \"hunter2\"",
                "f.toml:2:1: auth.secret: is under 32 bytes, which can be guessed: make one with "
                "\"openssl rand -hex 32\""},
        Refusal{"[redis]\nurl = \"http://:hunter2@h\"",
                "f.toml:2:1: redis.url: it must begin with redis://, rediss:// or unix://"},
        Refusal{"[log]\nlevel = \"loud\"\n[server]\nthreads = -1\nlistn = 1",
                "f.toml:2:1: log.level: expects one of \"debug\", \"info\", \"warn\", \"error\", "
                "\"off\", not \"loud\"\n"
                "f.toml:4:1: server.threads: -1 is outside of 0 to 1024\n"
                "f.toml:5:1: unknown key \"server.listn\"; did you mean server.listen?"}));

INSTANTIATE_TEST_SUITE_P(
    Lists, ConfigFileRefuses,
    testing::Values(
        Refusal{"[roster]\nname = \"x\"",
                "f.toml:1:2: roster: is a list of tables: write [[roster]]"},
        Refusal{"roster = [1]", "f.toml:1:1: roster: is a list of tables: write [[roster]]"},
        Refusal{"[[roster]]\nname = \"a\"\n[[roster]]\nname = \"b\"\nttl = \"0s\"",
                "f.toml:5:1: roster.ttl: \"0s\" is outside of 100ms to 30d"},
        Refusal{"[[roster]]\nname = \"a b\"",
                "f.toml:2:1: roster.name: \"a b\" is no name: give up to 64 letters, digits, _, - "
                "or ."},
        Refusal{"[[roster]]\nscore = \"us\"",
                "f.toml:2:1: roster.score: expects one of \"ms\", \"s\", not \"us\""},
        Refusal{"[[roster]]\nname = \"a\"\ntll = \"5m\"",
                "f.toml:3:1: unknown key \"tll\" in [[roster]]; did you mean ttl?"},
        Refusal{"[[refresh]]\nevery = \"0s\"",
                "f.toml:2:1: refresh.every: \"0s\" is outside of 1s to 30d"},
        Refusal{"[[retention]]\npreset = \"hatchett\"",
                "f.toml:2:1: retention.preset: expects one of \"\", \"hatchet\", "
                "\"active_sessions\", \"django_session\", \"connect-pg-simple\", \"rails\", "
                "\"custom\", not \"hatchett\""}));

TEST(ConfigFile, TellsWhereItIsNotToml) {
  EXPECT_TRUE(problems_of("[server\n").starts_with("f.toml:1:8: ")) << problems_of("[server\n");
  EXPECT_TRUE(problems_of("a = 1\na = 2\n").starts_with("f.toml:2:"))
      << problems_of("a = 1\na = 2");
  EXPECT_EQ(problems_of("[log]\n\n[\n[server]\n[[\n"), "f.toml:3:1: is not TOML");
  EXPECT_TRUE(problems_of("a = 1\n\u0269").starts_with("f.toml:2:1: "));
  EXPECT_FALSE(problems_of("a = \"\xff\"").empty());
  EXPECT_FALSE(problems_of(std::string("a = \"\0\"", 7)).empty());
}

TEST(ConfigFile, DoesNotRepeatASecretThatIsNotQuoted) {
  for (const char* const text :
       {"[auth]\nsecret = hunter2hunter2", "[auth]\nsecret hunter2hunter2",
        "[auth]\nsecret = \"hunter2hunter2", "[auth\nsecret = hunter2"}) {
    const std::string problems = problems_of(text);
    EXPECT_NE(problems, "");
    EXPECT_EQ(problems.find("hunter2"), std::string::npos) << problems;
  }
}

TEST(ConfigFile, BoundsWhatItReads) {
  EXPECT_EQ(problems_of(std::string(kMaxFileBytes + 1, '\n')), "f.toml: is larger than 1MiB");
  EXPECT_EQ(problems_of("\n" + repeated("a.", kMaxLineDots + 1) + "b = 1"),
            "f.toml:2:1: a line with over 1000 dots");
  EXPECT_NE(problems_of("a = " + repeated("[", kMaxNestedValues + 1)), "");
  EXPECT_EQ(problems_of(repeated("[[roster]]\n", kMaxListedTables + 1)),
            "f.toml:1:3: roster: has over 1000 entries");
}

TEST(ConfigFile, SurvivesTheDeepestKeysThatItLetsPass) {
  const std::string deep = repeated("a.", kMaxLineDots) + "a";
  std::string text;
  for (std::size_t i = 0; i + 2 < kMaxNestedValues; i += 2) text += deep + " = [\n{";
  text += deep + " = 1" + repeated("}]", kMaxNestedValues / 2 - 1);
  EXPECT_TRUE(problems_of(text).starts_with("f.toml:1:1: unknown section")) << problems_of(text);
  EXPECT_TRUE(problems_of("[" + deep + "]").starts_with("f.toml:1:2: unknown section"));
}

TEST(ConfigFile, CountsTheProblemsBeyondTheLimit) {
  std::string text;
  for (std::size_t i = 0; i < ConfigDraft::kMaxProblems + 7; ++i) {
    text += "zebra" + std::to_string(i) + " = 1\n";
  }
  EXPECT_TRUE(problems_of(text).ends_with("\nf.toml:50:1: unknown key \"zebra49\"\nand 7 more"))
      << problems_of(text);
}

TEST(ReadFile, GivesTheBytesOrTheReason) {
  const auto missing = read_file("/nonexistent/rollcall.toml");
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().message, "/nonexistent/rollcall.toml: No such file or directory");
  const auto folder = read_file("/");
  ASSERT_FALSE(folder.ok());
  EXPECT_EQ(folder.error().message, "/: Is a directory");
  const auto endless = read_file("/dev/zero");
  ASSERT_FALSE(endless.ok());
  EXPECT_EQ(endless.error().message, "/dev/zero: is larger than 1MiB");
  const auto empty = read_file("/dev/null");
  ASSERT_TRUE(empty.ok());
  EXPECT_EQ(empty.value(), "");
}

}  // namespace
}  // namespace rollcall::app

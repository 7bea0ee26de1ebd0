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
using testing::StartsWith;
using Arguments = std::vector<std::string>;

constexpr const char* kTwo = R"([postgres]
url = "postgresql://app:hunter2@h/app"
[[retention]]
name = "user_sessions"
preset = "hatchet"
[[retention]]
name = "django"
preset = "django_session"
)";

class RetentionGrammar : public testing::Test {
 protected:
  ~RetentionGrammar() override { std::filesystem::remove(path_); }

  Command parse(const Arguments& words, const std::string& settings = kTwo) {
    std::ofstream(path_) << settings;
    Arguments arguments{"retention"};
    arguments.insert(arguments.end(), words.begin(), words.end());
    if (!words.empty()) arguments.insert(arguments.end(), {"--config", path_});
    return parse_command_line(arguments, {});
  }

  RetentionCommand taken(const Arguments& words) {
    Command command = parse(words);
    if (auto* const taken = std::get_if<RetentionCommand>(&command)) return *taken;
    ADD_FAILURE() << std::get<Finished>(command).error;
    return {};
  }

  Finished refused(const Arguments& words, const std::string& settings = kTwo) {
    Command command = parse(words, settings);
    if (auto* const refused = std::get_if<Finished>(&command)) return *refused;
    return {.status = -1};
  }

  std::string path_ =
      testing::TempDir() + "rollcall_retention_" + std::to_string(::getpid()) + ".toml";
};

TEST_F(RetentionGrammar, TakesEachVerbForAllPolicies) {
  const RetentionCommand plan = taken({"plan"});
  EXPECT_EQ(plan.request.verb, RetentionVerb::plan);
  ASSERT_EQ(plan.policies.size(), 2U);
  EXPECT_EQ(plan.policies[0].table, "UserSession");
  EXPECT_FALSE(plan.request.json);
  EXPECT_EQ(taken({"run"}).request.verb, RetentionVerb::run);
  EXPECT_EQ(taken({"status", "--json"}).request.verb, RetentionVerb::status);
  EXPECT_TRUE(taken({"status", "--json"}).request.json);
  EXPECT_TRUE(taken({"run", "--dry-run"}).request.dry_run);
  EXPECT_EQ(taken({"plan", "--dry-run"}).request.verb, RetentionVerb::plan);
}

TEST_F(RetentionGrammar, TakesOnePolicy) {
  const RetentionCommand rebuild = taken({"rebuild", "--policy", "django", "--dry-run"});
  EXPECT_EQ(rebuild.request.verb, RetentionVerb::rebuild);
  EXPECT_TRUE(rebuild.request.dry_run);
  ASSERT_EQ(rebuild.policies.size(), 1U);
  EXPECT_EQ(rebuild.policies[0].name, "django");
}

TEST_F(RetentionGrammar, AsksWhichTableToRebuild) {
  const Finished done = refused({"rebuild"});
  EXPECT_EQ(done.status, 2);
  EXPECT_EQ(done.error,
            "rollcall: --policy is required: there is user_sessions, django\n"
            "See \"rollcall retention rebuild --help\".\n");
}

TEST_F(RetentionGrammar, NamesThePolicyThatWasMeant) {
  const Finished done = refused({"plan", "--policy", "user_session"});
  EXPECT_EQ(done.status, 2);
  EXPECT_EQ(done.error,
            "rollcall: --policy: there is no policy \"user_session\"; did you mean "
            "user_sessions?; there is user_sessions, django\n"
            "See \"rollcall retention plan --help\".\n");
}

TEST_F(RetentionGrammar, SaysWhatToConfigure) {
  const Finished none = refused({"run"}, "[postgres]\nurl = \"postgresql:///app\"\n");
  EXPECT_EQ(none.status, 1);
  EXPECT_THAT(none.error, StartsWith("no [[retention]] with a database in the settings"));
  const Finished homeless = refused({"run"}, "[[retention]]\nname = \"a\"\npreset = \"rails\"\n");
  EXPECT_EQ(homeless.status, 1);
  EXPECT_THAT(homeless.error, HasSubstr("url = "));
}

TEST_F(RetentionGrammar, WarnsOfPoliciesThatAreLeftOut) {
  const auto command = std::get<RetentionCommand>(
      parse({"plan"},
            "[[retention]]\nname = \"a\"\npreset = \"rails\"\n[[retention]]\nname = "
            "\"b\"\npreset = \"rails\"\nurl = \"postgresql:///b\"\n"));
  ASSERT_EQ(command.policies.size(), 1U);
  ASSERT_EQ(command.warnings.size(), 1U);
  EXPECT_THAT(command.warnings[0], HasSubstr("\"a\" has no effect without a database"));
}

TEST_F(RetentionGrammar, HelpsWithEveryVerb) {
  const Finished help =
      std::get<Finished>(parse_command_line(Arguments{"retention", "--help"}, {}));
  EXPECT_EQ(help.status, 0);
  for (const std::string name : {"plan", "run", "rebuild", "status"}) {
    EXPECT_THAT(help.output, HasSubstr("\n  rollcall retention " + name + " "));
    const Finished own =
        std::get<Finished>(parse_command_line(Arguments{"retention", name, "--help"}, {}));
    EXPECT_EQ(own.status, 0);
    EXPECT_THAT(own.output, HasSubstr("Usage: rollcall retention " + name));
    EXPECT_THAT(own.output, HasSubstr("--policy NAME"));
  }
  const Finished bare = std::get<Finished>(parse_command_line(Arguments{"retention"}, {}));
  EXPECT_EQ(bare.status, 2);
  EXPECT_EQ(bare.error, help.output);
}

TEST_F(RetentionGrammar, AnswersSlips) {
  EXPECT_EQ(refused({"pln"}).error,
            "rollcall: unknown command \"pln\"; did you mean plan?\n"
            "See \"rollcall retention --help\".\n");
  EXPECT_EQ(refused({"run", "--dryrun"}).error,
            "rollcall: unknown flag \"--dryrun\"; did you mean --dry-run?\n"
            "See \"rollcall retention run --help\".\n");
  EXPECT_EQ(refused({"run", "postgresql://a:hunter2@h/b"}).error,
            "rollcall: unexpected argument \"postgresql://a:***@h/b\"\n"
            "See \"rollcall retention run --help\".\n");
}

TEST_F(RetentionGrammar, ConnectsWhenAsked) {
  std::ofstream(path_) << kTwo;
  const auto connect = std::get<ConnectCommand>(
      parse_command_line(Arguments{"check-config", path_, "--connect"}, {}));
  EXPECT_EQ(connect.config.retentions.size(), 2U);
  EXPECT_EQ(connect.report,
            std::get<Finished>(parse_command_line(Arguments{"check-config", path_}, {})).output);
  EXPECT_THAT(connect.report, HasSubstr("retention user_sessions: every 1h, rows of UserSession "
                                        "past expiresAt, of nobody after 1d\n"
                                        "retention django: every 1h, rows of django_session past "
                                        "expire_date\n"));
}

}  // namespace
}  // namespace rollcall::app

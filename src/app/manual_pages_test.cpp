#include "app/manual_pages.hpp"

#include "app/command_line.hpp"
#include "app/roff.hpp"
#include "app/settings.hpp"

#include <regex>
#include <string>
#include <variant>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rollcall::app {
namespace {

using ::testing::HasSubstr;

TEST(Roff, ShowsTextAsItStands) {
  EXPECT_EQ(roff("--dev"), "\\-\\-dev");
  EXPECT_EQ(roff(".TH"), "\\&.TH");
  EXPECT_EQ(roff("'x'"), "\\&'x'");
  EXPECT_EQ(roff("a\\b"), "a\\eb");
}

TEST(SettingsPage, HasEverySettingWithItsDefaultAndVariable) {
  const std::string page = settings_page();
  Config defaults;
  for (const Setting& setting : settings_of(defaults)) {
    const std::string line =
        roff_bold(key_of(setting.path)) + " = " + roff(format_value(setting)) + "\n";
    EXPECT_THAT(page, HasSubstr(line + roff(setting.description) + "."));
    EXPECT_THAT(page, HasSubstr(roff_bold(environment_name(setting.path))));
  }
}

TEST(SettingsPage, TellsRangesAndTablesInLists) {
  const std::string page = settings_page();
  EXPECT_THAT(page, HasSubstr("\\fBtimeout\\fR = \"150ms\"\nThe longest wait for an answer of "
                              "Redis. Values: 1ms to 1m."));
  for (const char* table : {"[[roster]]", "[[refresh]]", "[[retention]]"}) {
    EXPECT_THAT(page, HasSubstr(std::string(".SS ") + table));
  }
}

TEST(CommandsPage, HasEveryCommandAndFlagOfTheHelp) {
  const std::string page = commands_page();
  const auto help = [](const std::vector<std::string>& words) {
    return std::get<Finished>(parse_command_line(words, {})).output;
  };
  const std::string overview = help({"--help"});
  const std::string commands = overview.substr(overview.find("\nCommands:\n"));
  const std::regex command("\n  ([a-z-]+) ");
  int flags = 0;
  for (std::sregex_iterator i(commands.begin(), commands.end(), command), end; i != end; ++i) {
    const std::string name = (*i)[1];
    if (name == "rollcall") continue;  // an example
    EXPECT_THAT(page, HasSubstr(".SS rollcall " + roff(name) + "\n"));
    const std::string text = help({name, "--help"});
    const std::regex flag("\n  (--[a-z-]+)");
    for (std::sregex_iterator f(text.begin(), text.end(), flag); f != end; ++f, ++flags) {
      EXPECT_THAT(page, HasSubstr("\n\\fB" + roff((*f)[1].str()))) << name;
    }
  }
  EXPECT_GT(flags, 15);
}

TEST(CommandsPage, HasTheCommandsBelowACommand) {
  EXPECT_THAT(commands_page(), HasSubstr(".SS rollcall retention plan\n"));
}

TEST(CommandsPage, SetsTermsMeaningsAndExamplesApart) {
  const std::string page = commands_page();
  EXPECT_THAT(page, HasSubstr(".TP\n\\fB\\-\\-config FILE\\fR\nThe settings file (TOML)\n"));
  EXPECT_THAT(page, HasSubstr(".TP\n\\fBFILE REQUIRED\\fR\nThe settings file (TOML)\n"));
  EXPECT_THAT(page, HasSubstr(".EX\n  rollcall serve \\-\\-dev\n"));
  EXPECT_THAT(page, ::testing::Not(HasSubstr("\\-h,")));
}

}  // namespace
}  // namespace rollcall::app

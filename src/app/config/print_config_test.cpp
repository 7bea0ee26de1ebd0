#include "app/config/print_config.hpp"

#include "app/config/config_file.hpp"
#include "app/config/settings.hpp"

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace rollcall::app {
namespace {

// All settings as text, which two equal configurations share.
std::vector<std::string> values_of(Config config) {
  std::vector<std::string> values;
  const auto add = [&](const std::vector<Setting>& settings) {
    for (const Setting& setting : settings) {
      values.push_back(std::string(setting.path) + "=" + format_text(setting));
    }
  };
  add(settings_of(config));
  for (RosterConfig& roster : config.rosters) add(settings_of(roster));
  for (RefreshConfig& refresh : config.refreshes) add(settings_of(refresh));
  for (RetentionConfig& retention : config.retentions) add(settings_of(retention));
  return values;
}

base::Result<Config> load(const std::string& text) {
  ConfigDraft draft;
  read_config_text(text, "printed.toml", draft);
  return std::move(draft).finish();
}

std::string any_text() {
  const auto characters = *rc::gen::container<std::vector<std::string>>(
      rc::gen::element<std::string>("a", " ", "\"", "\\", "'", "#", "=", "[", "\u00e9", "\u2603",
                                    "\n", "\t", "\x7f", "\u0085", "$"));
  std::string text;
  for (const std::string& character : characters) text += character;
  return text;
}

// Gives a setting some right value.
struct Shuffle {
  const Setting& setting;

  void operator()(const Text&) const {
    const std::string text = any_text();
    [[maybe_unused]] const Complaint refused = assign(setting, text);
  }
  void operator()(const FilePath&) const { RC_ASSERT(!assign(setting, any_text())); }
  void operator()(const Choice& kind) const {
    const auto index = *rc::gen::inRange<std::size_t>(0, kind.options.size());
    RC_ASSERT(!assign(setting, std::string(kind.options[index])));
  }
  void operator()(const TextList&) const {}
  void operator()(const Flag&) const { RC_ASSERT(!assign(setting, *rc::gen::arbitrary<bool>())); }
  void operator()(const Count& kind) const {
    RC_ASSERT(!assign(setting,
                      *rc::gen::inRange<std::int64_t>(static_cast<std::int64_t>(kind.min),
                                                      static_cast<std::int64_t>(kind.max) + 1)));
  }
  void operator()(const Bytes& kind) const {
    RC_ASSERT(!assign(setting,
                      *rc::gen::inRange<std::int64_t>(static_cast<std::int64_t>(kind.min),
                                                      static_cast<std::int64_t>(kind.max) + 1)));
  }
  void operator()(const Duration& kind) const {
    *kind.value = Millis(*rc::gen::inRange(kind.min.count(), kind.max.count() + 1));
  }
};

void shuffle(const std::vector<Setting>& settings) {
  for (const Setting& setting : settings) {
    if (setting.secrecy == Secrecy::none) std::visit(Shuffle{setting}, setting.kind);
  }
}

TEST(PrintConfig, LoadsBackToTheDefaults) {
  const std::string printed = print_config(Config{});
  const auto loaded = load(printed);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(values_of(loaded.value()), values_of(Config{}));
  EXPECT_TRUE(loaded.value().rosters.empty());
}

TEST(PrintConfig, LoadsBackToAnyConfiguration) {
  EXPECT_TRUE(rc::check([] {
    Config config;
    shuffle(settings_of(config));
    config.rosters.resize(*rc::gen::inRange<std::size_t>(0, 3));
    for (RosterConfig& roster : config.rosters) {
      roster.name = "a";
      shuffle(settings_of(roster));
    }
    config.refreshes.resize(*rc::gen::inRange<std::size_t>(0, 3));
    for (RefreshConfig& refresh : config.refreshes) {
      refresh.roster = "a";
      refresh.message = "m" + any_text();
      shuffle(settings_of(refresh));
    }
    config.retentions.resize(*rc::gen::inRange<std::size_t>(0, 3));
    for (RetentionConfig& retention : config.retentions) {
      retention.name = "a";
      shuffle(settings_of(retention));
    }
    const auto loaded = load(print_config(config));
    if (!loaded.ok()) RC_FAIL(loaded.error().message);
    RC_ASSERT(values_of(loaded.value()) == values_of(config));
  }));
}

TEST(PrintConfig, NamesEverySettingOnceUnderItsDescription) {
  const std::string printed = print_config(Config{});
  Config config;
  for (const Setting& setting : settings_of(config)) {
    const std::string lines = "# " + std::string(setting.description) + ".\n" +
                              std::string(key_of(setting.path)) + " = ";
    EXPECT_NE(printed.find(lines), std::string::npos) << setting.path;
  }
}

TEST(PrintConfig, ShowsNoSecretAndStillLoads) {
  Config config;
  config.server.api_keys = {"hunter2-hunter2-hunter2"};
  config.auth.secret = "hunter2-hunter2-hunter2-hunter2-hunter2";
  config.redis.url = "rediss://app:hunter2@cache.example:6380/1";
  config.postgres.url = "postgresql://app@db.example/app?password=hunter2";
  const std::string printed = print_config(config);
  EXPECT_EQ(printed.find("hunter2"), std::string::npos);
  EXPECT_NE(printed.find("\n# api_keys is set, and not shown\n"), std::string::npos);
  EXPECT_NE(printed.find("\n# secret is set, and not shown\n"), std::string::npos);
  EXPECT_NE(printed.find("\n# url = \"rediss://app:***@cache.example:6380/1\" (set, with a "
                         "password that is not shown)\n"),
            std::string::npos);
  const auto loaded = load(printed);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(values_of(loaded.value()), values_of(Config{}));
}

TEST(PrintConfig, ShowsUrlsWithoutAPassword) {
  Config config;
  config.redis.url = "redis://127.0.0.1:6379/2";
  EXPECT_NE(print_config(config).find("\nurl = \"redis://127.0.0.1:6379/2\"\n"),
            std::string::npos);
}

}  // namespace
}  // namespace rollcall::app

#include "app/config/settings.hpp"

#include "app/config/config_draft.hpp"
#include "app/config/config_file.hpp"
#include "app/config/config_sources.hpp"

#include <algorithm>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace rollcall::app {
namespace {

// A right value, other than the default, as plain text.
struct OtherText {
  std::string_view path;

  std::string operator()(const Text&) const {
    if (path.ends_with("listen")) return "127.0.0.2:9";
    if (path == "redis.url") return "rediss://u:p@example.com:6380/3";
    if (path == "postgres.url") return "postgresql:///other";
    if (path == "auth.secret") return "0123456789abcdef0123456789, \"quoted\"";
    return "other";
  }
  std::string operator()(const FilePath&) const { return "/etc/rollcall/other file"; }
  std::string operator()(const Choice& kind) const { return std::string(kind.options.back()); }
  std::string operator()(const TextList&) const {
    if (path == "server.allowed_origins") return "https://a.example,https://b.example";
    if (path == "server.trusted_proxies") return "10.0.0.0/8,fd00::/8";
    return "0123456789abcdef,fedcba9876543210";
  }
  std::string operator()(const Flag& kind) const { return *kind.value ? "false" : "true"; }
  std::string operator()(const Count& kind) const {
    return std::to_string(*kind.value == kind.max ? kind.min : *kind.value + 1);
  }
  std::string operator()(const Bytes& kind) const { return std::to_string(*kind.value + 1024); }
  std::string operator()(const Duration& kind) const {
    return std::to_string(kind.value->count() + 1) + "ms";
  }
};

std::string other_text(const Setting& setting) {
  return std::visit(OtherText{setting.path}, setting.kind);
}

const Setting& find(const std::vector<Setting>& settings, std::string_view path) {
  return *std::ranges::find(settings, path, &Setting::path);
}

TEST(Settings, HaveUniqueNamesAndADescription) {
  Config config;
  std::set<std::string> names;
  std::set<std::string> variables;
  for (const Setting& setting : settings_of(config)) {
    EXPECT_TRUE(names.emplace(setting.path).second) << setting.path;
    EXPECT_TRUE(variables.insert(environment_name(setting.path)).second) << setting.path;
    EXPECT_FALSE(section_of(setting.path).empty()) << setting.path;
    EXPECT_FALSE(setting.description.empty()) << setting.path;
    EXPECT_FALSE(setting.description.ends_with('.')) << setting.path;
    EXPECT_LT(setting.description.size(), 97U) << setting.path;
  }
  EXPECT_EQ(environment_name("server.tls.certificate_file"),
            "ROLLCALL_SERVER_TLS_CERTIFICATE_FILE");
}

TEST(Settings, HaveDefaultsThatTheyAccept) {
  Config config;
  for (const Setting& setting : settings_of(config)) {
    EXPECT_EQ(assign_text(setting, format_text(setting)).value_or(""), "") << setting.path;
  }
}

TEST(Settings, AreEachReachedByTheFile) {
  Config usual;
  for (const Setting& setting : settings_of(usual)) {
    Config wanted;
    const auto wanted_settings = settings_of(wanted);
    const Setting& target = find(wanted_settings, setting.path);
    ASSERT_EQ(assign_text(target, other_text(setting)).value_or(""), "") << setting.path;
    ASSERT_NE(format_text(target), format_text(setting)) << setting.path;

    ConfigDraft draft;
    read_config_text("[" + std::string(section_of(setting.path)) + "]\n" +
                         std::string(key_of(setting.path)) + " = " + format_value(target),
                     "f.toml", draft);
    const auto read = settings_of(draft.config);
    EXPECT_EQ(format_text(find(read, setting.path)), format_text(target));
    for (const Setting& other : settings_of(usual)) {
      if (other.path == setting.path) continue;
      EXPECT_EQ(format_text(find(read, other.path)), format_text(other)) << setting.path;
    }
  }
}

// Alone, these are known but refused.
const std::set<std::string_view> kNeedsAnother{
    "server.tls.certificate_file", "server.tls.private_key_file", "auth.public_key_file"};

TEST(Settings, AreEachReachedByTheEnvironment) {
  Config usual;
  for (const Setting& setting : settings_of(usual)) {
    const std::string text = other_text(setting);
    ConfigSources sources;
    sources.environment = {{environment_name(setting.path), text}};
    const auto config = load_config(sources);
    if (!config.ok()) {
      EXPECT_TRUE(kNeedsAnother.contains(setting.path)) << config.error().message;
      EXPECT_TRUE(config.error().message.starts_with(environment_name(setting.path) + ": " +
                                                     std::string(setting.path) + ": "))
          << config.error().message;
      continue;
    }
    Config loaded = config.value();
    const auto read = settings_of(loaded);
    EXPECT_NE(format_text(find(read, setting.path)), format_text(setting)) << setting.path;
  }
}

TEST(Settings, SayWhatTheyExpect) {
  Config config;
  const std::vector<Setting> settings = settings_of(config);
  struct Case {
    std::string_view path;
    GivenValue given;
    std::string complaint;
  };
  const Case cases[] = {
      {"server.listen", std::int64_t{8085}, "expects text in quotes, not 8085"},
      {"server.listen", std::string(), "must not be empty"},
      {"server.node_name", std::string("\xff"), "is not valid UTF-8"},
      {"server.node_name", true, "expects text in quotes, not true"},
      {"server.api_keys_file", false, "expects the path of a file, in quotes, not false"},
      {"server.api_keys_file", std::string("a\0b", 3), "holds a zero byte"},
      {"server.threads", std::string("four"), R"(expects a whole number, not "four")"},
      {"server.threads", std::int64_t{-1}, "-1 is outside of 0 to 1024"},
      {"server.threads", Unusable{"a fraction"}, "expects a whole number, not a fraction"},
      {"server.api_keys", std::string("0123456789abcdef"),
       R"(expects a list of texts, such as ["one", "two"])"},
      {"server.api_keys", std::vector<std::string>{"0123456789abcdef", "hunter2"},
       "item 2 is under 16 bytes, which can be guessed: make one with \"openssl rand -hex 32\""},
      {"server.allowed_origins", std::vector<std::string>(1001, "https://a.example"),
       "holds over 1000 items"},
      {"postgres.migrate", std::int64_t{1}, "expects true or false, not 1"},
      {"log.level", std::string("loud"),
       R"(expects one of "debug", "info", "warn", "error", "off", not "loud")"},
      {"redis.timeout", std::int64_t{150},
       R"(expects a duration in quotes, such as "150ms", "54s" or "5m", not 150)"},
      {"redis.timeout", std::string("2h"), R"("2h" is outside of 1ms to 1m)"},
      {"limits.header_bytes", std::int64_t{-1},
       R"(expects a size such as "512KB", "1MiB" or a number of bytes, not -1)"},
      {"limits.header_bytes", std::string("2GiB"), R"("2GiB" is outside of 1KiB to 1MiB)"},
      {"limits.header_bytes", std::int64_t{1}, "1 is outside of 1KiB to 1MiB"},
      {"auth.secret", std::int64_t{12345678}, "expects text in quotes"},
      {"store.data_dir", std::string(kMaxTextBytes + 1, 'd'), "is longer than 64KiB"}};
  for (const Case& c : cases) {
    EXPECT_EQ(assign(find(settings, c.path), c.given).value_or("accepted"), c.complaint);
  }
  Config untouched;
  EXPECT_EQ(config.server.threads, untouched.server.threads);
  EXPECT_EQ(config.redis.timeout, untouched.redis.timeout);
}

TEST(Settings, TakePlainTextAsTheEnvironmentGivesIt) {
  Config config;
  const std::vector<Setting> settings = settings_of(config);
  EXPECT_FALSE(assign_text(find(settings, "server.threads"), "4"));
  EXPECT_FALSE(assign_text(find(settings, "postgres.migrate"), "false"));
  EXPECT_FALSE(assign_text(find(settings, "server.allowed_origins"),
                           "https://a.example, https://b.example"));
  EXPECT_FALSE(assign_text(find(settings, "server.trusted_proxies"), " "));
  EXPECT_FALSE(assign_text(find(settings, "realtime.max_message"), "1000"));
  EXPECT_EQ(config.server.threads, 4U);
  EXPECT_FALSE(config.postgres.migrate);
  EXPECT_EQ(config.server.allowed_origins,
            (std::vector<std::string>{"https://a.example", "https://b.example"}));
  EXPECT_TRUE(config.server.trusted_proxies.empty());
  EXPECT_EQ(config.realtime.max_message, 1000U);

  EXPECT_EQ(assign_text(find(settings, "server.threads"), "4 "),
            "expects a whole number, not \"4 \"");
  EXPECT_EQ(assign_text(find(settings, "postgres.migrate"), "yes"),
            "expects true or false, not \"yes\"");
  EXPECT_EQ(assign_text(find(settings, "server.trusted_proxies"), "10.0.0.0/8,,"),
            "item 2 \"\" is no network: give one such as 10.0.0.0/8 or fd00::/8");
}

}  // namespace
}  // namespace rollcall::app

#include "adapters/redis/needs.hpp"

#include <set>
#include <string>
#include <string_view>

#include <embedded/rollcall_redis.hpp>
#include <gtest/gtest.h>

namespace rollcall::redis {
namespace {

std::set<std::string> commands_of(const std::vector<Need>& needs) {
  std::set<std::string> commands;
  for (const Need& need : needs) commands.insert(need.command);
  return commands;
}

std::set<std::string> commands_in(std::string_view script) {
  constexpr std::string_view kCall = "redis.call('";
  std::set<std::string> commands;
  for (std::size_t at = script.find(kCall); at != std::string_view::npos;
       at = script.find(kCall, at + 1)) {
    const std::size_t begin = at + kCall.size();
    commands.emplace(script.substr(begin, script.find('\'', begin) - begin));
  }
  return commands;
}

TEST(Needs, NameEveryCommandOfTheScripts) {
  const auto needed = commands_of(needs_of({{"online_sessions"}, "presence:"}));
  for (const std::string_view script :
       {scripts::commit_lua(), scripts::forget_node_lua(), scripts::list_lua(),
        scripts::look_up_lua(), scripts::presence_lua(), scripts::probe_lua(),
        scripts::renew_lease_lua(), scripts::reset_lua(), scripts::send_lua(),
        scripts::sightings_lua(), scripts::trim_lua()}) {
    const auto called = commands_in(script);
    EXPECT_FALSE(called.empty()) << script;
    for (const std::string& command : called) EXPECT_TRUE(needed.contains(command)) << command;
  }
}

TEST(Needs, NameThePatternsOfKeysAndChannels) {
  std::set<std::string> patterns;
  for (const Need& need : needs_of({{"crm:live", "{a}b"}, "p:"})) patterns.insert(need.pattern);
  const std::set<std::string> expected{"",       "crm:live", "{crm:live}:*", "{a}b",
                                       "{a}b:*", "p:*",      "{p:*",         "rollcall:*"};
  EXPECT_EQ(patterns, expected);
}

TEST(Needs, AreWholeCommands) {
  for (const Need& need : needs_of({{"r"}, "presence:"})) {
    std::string bytes;
    need.example.append_to(bytes);
    EXPECT_NE(bytes.find("\r\n" + need.command + "\r\n"), std::string::npos) << need.command;
    EXPECT_EQ(bytes.find("$\r\n$"), std::string::npos) << need.command;
  }
}

}  // namespace
}  // namespace rollcall::redis

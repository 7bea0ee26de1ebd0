#include "transport/ws/commands.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace rollcall::ws {
namespace {

std::string error_of(std::string_view text) {
  const auto command = parse_command(text);
  return command ? "none" : std::string(command.error().code);
}

std::vector<std::string> texts(const std::vector<core::UserId>& users) {
  std::vector<std::string> all;
  for (const core::UserId& user : users) all.push_back(user.text());
  return all;
}

TEST(Commands, AreThoseOfTheProtocol) {
  const auto watch = parse_command(R"({"type":"rollcall.watch","users":["ada","bob"]})");
  ASSERT_TRUE(watch.ok());
  EXPECT_EQ(texts(std::get<Watch>(watch.value()).users), (std::vector<std::string>{"ada", "bob"}));
  const auto unwatch = parse_command(R"({"users":[],"type":"rollcall.unwatch","more":{"a":1}})");
  ASSERT_TRUE(unwatch.ok());
  EXPECT_TRUE(std::get<Unwatch>(unwatch.value()).users.empty());
  const auto away = parse_command(R"({"type":"rollcall.status","status":"away"})");
  EXPECT_TRUE(std::get<SetStatus>(away.value()).away);
  const auto online = parse_command(R"({"type":"rollcall.status","status":"online"})");
  EXPECT_FALSE(std::get<SetStatus>(online.value()).away);
  EXPECT_TRUE(std::holds_alternative<Ping>(parse_command(R"({"type":"rollcall.ping"})").value()));
  const auto token = parse_command(R"({"type":"rollcall.token","token":"a.b.c"})");
  EXPECT_EQ(std::get<Renew>(token.value()).token, "a.b.c");
}

TEST(Commands, EverythingElseIsAnError) {
  for (const char* text : {"", "x", "[]", "1", "{", R"({"type":"rollcall.ping"}{})",
                           R"({"type":"rollcall.ping","type":"rollcall.ping"})"}) {
    EXPECT_EQ(error_of(text), "invalid_json") << text;
  }
  EXPECT_EQ(error_of(std::string(1000, '[')), "invalid_json");
  EXPECT_EQ(error_of(R"({"type":)" + std::string(40, '[') + std::string(40, ']') + "}"),
            "invalid_json");
  for (const char* text : {"{}", R"({"type":1})", R"({"type":["rollcall.ping"]})",
                           R"({"type":"rollcall.Ping"})", R"({"type":"message"})"}) {
    EXPECT_EQ(error_of(text), "unknown_type") << text;
  }
  for (const char* text :
       {R"({"type":"rollcall.watch"})", R"({"type":"rollcall.watch","users":"ada"})",
        R"({"type":"rollcall.unwatch","users":[1]})", R"({"type":"rollcall.status"})",
        R"({"type":"rollcall.status","status":"offline"})", R"({"type":"rollcall.token"})",
        R"({"type":"rollcall.token","token":null})"}) {
    EXPECT_EQ(error_of(text), "invalid_command") << text;
  }
  EXPECT_EQ(error_of(R"({"type":"rollcall.watch","users":["a\u0000"]})"), "invalid_id");
  EXPECT_EQ(error_of(R"({"type":"rollcall.watch","users":[""]})"), "invalid_id");
}

TEST(Commands, ErrorsDoNotRepeatAToken) {
  const auto command = parse_command(R"({"type":"rollcall.tokens","token":"hunter2"})");
  EXPECT_EQ(command.error().message.find("hunter2"), std::string::npos);
}

}  // namespace
}  // namespace rollcall::ws

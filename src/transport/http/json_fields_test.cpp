#include "transport/http/json_fields.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rollcall::http {
namespace {

std::string text_of(std::string_view json, std::string_view name) {
  const auto fields = JsonFields::parse(json);
  EXPECT_TRUE(fields.ok()) << json;
  const auto* value = fields ? fields.value().find(name) : nullptr;
  const auto* text = value == nullptr ? nullptr : std::get_if<std::string>(value);
  return text == nullptr ? "(no text)" : *text;
}

template <typename T>
bool holds(std::string_view json, std::string_view name) {
  const auto fields = JsonFields::parse(json);
  EXPECT_TRUE(fields.ok()) << json;
  const auto* value = fields ? fields.value().find(name) : nullptr;
  return value != nullptr && std::holds_alternative<T>(*value);
}

std::string nested(std::size_t depth) {
  return "{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
}

std::string list_of(std::size_t count) {
  std::string list;
  for (std::size_t i = 0; i < count; ++i) list += i == 0 ? "\"x\"" : ",\"x\"";
  return "{\"a\":[" + list + "]}";
}

TEST(JsonFields, ReadsTextsAndFlags) {
  EXPECT_EQ(text_of(R"({"a":"1","b":"2"})", "b"), "2");
  EXPECT_EQ(text_of(" \t\r\n{ \"a\" : \"1\" } \n", "a"), "1");
  EXPECT_EQ(text_of(R"({"a":"\u00e9\ud83d\ude00\"\n"})", "a"), "\xc3\xa9\xf0\x9f\x98\x80\"\n");
  EXPECT_EQ(text_of(R"({"a":"x\u0000y"})", "a"), std::string("x\0y", 3));
  EXPECT_EQ(text_of(R"({"\u0061":"1"})", "a"), "1");
  EXPECT_TRUE(holds<bool>(R"({"a":true})", "a"));
  EXPECT_EQ(JsonFields::parse("{}").value().find("a"), nullptr);
}

TEST(JsonFields, ReadsListsOfStrings) {
  const auto fields = JsonFields::parse(R"({"a":["x","","y"],"b":[]})");
  ASSERT_TRUE(fields.ok());
  EXPECT_THAT(std::get<JsonFields::List>(*fields.value().find("a")),
              testing::ElementsAre("x", "", "y"));
  EXPECT_THAT(std::get<JsonFields::List>(*fields.value().find("b")), testing::IsEmpty());
}

TEST(JsonFields, OtherValuesAreToldApart) {
  for (const char* json :
       {R"({"a":null})", R"({"a":1})", R"({"a":1e999})",
        R"({"a":-123456789012345678901234567890})", R"({"a":{"b":"c"}})", R"({"a":{}})",
        R"({"a":["x",1]})", R"({"a":[1,"x"]})", R"({"a":["x",null]})", R"({"a":["x",true]})",
        R"({"a":["x",["y"]]})", R"({"a":[["y"],"x"]})", R"({"a":["x",{"b":["y"]}]})"}) {
    EXPECT_TRUE(holds<JsonFields::Other>(json, "a")) << json;
  }
}

TEST(JsonFields, WhatStandsDeeperIsPassedOver) {
  EXPECT_EQ(text_of(R"({"x":{"a":"deep","a":["y"]},"l":[{"a":"deep"}],"a":"flat"})", "a"), "flat");
  EXPECT_TRUE(holds<JsonFields::List>(R"({"x":[["y"]],"a":["z"]})", "a"));
}

TEST(JsonFields, NamesStandOnce) {
  for (const char* json : {R"({"a":"1","a":"1"})", R"({"a":"1","\u0061":"2"})",
                           R"({"a":[],"b":1,"a":{}})", R"({"":1,"":2})"}) {
    const auto fields = JsonFields::parse(json);
    ASSERT_FALSE(fields.ok()) << json;
    EXPECT_EQ(fields.error().code, "invalid_json");
    EXPECT_EQ(fields.error().message, "a name stands twice in the object");
  }
}

TEST(JsonFields, RefusesWhatIsNoObject) {
  for (const char* json : {"",
                           " ",
                           "null",
                           "1",
                           "\"a\"",
                           "[]",
                           "[{}]",
                           "true",
                           "{",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\":1,}",
                           "{'a':1}",
                           "{\"a\":1}}",
                           "{}{}",
                           "{} x",
                           "{a:1}",
                           "{\"a\":01}",
                           "{\"a\":+1}",
                           "{\"a\":NaN}",
                           "{\"a\":1}//c",
                           "/**/{}",
                           "{\"a\":\"\n\"}",
                           "{\"a\":\"\\x\"}",
                           "\xef\xbb\xbf{}"}) {
    EXPECT_FALSE(JsonFields::parse(json).ok()) << json;
  }
}

TEST(JsonFields, RefusesTextThatIsNotUtf8) {
  for (const char* text : {"\x80", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xff",
                           "\\ud800", "\\udc00", "\\ud800x", "\\ud800\\u0061", "\\u12"}) {
    const std::string quoted = "\"" + std::string(text) + "\"";
    EXPECT_FALSE(JsonFields::parse("{\"a\":" + quoted + "}").ok()) << text;
    EXPECT_FALSE(JsonFields::parse("{" + quoted + ":1}").ok()) << text;
  }
}

TEST(JsonFields, SizesAreBounded) {
  EXPECT_TRUE(JsonFields::parse(nested(JsonFields::kMaxDepth - 1)).ok());
  EXPECT_FALSE(JsonFields::parse(nested(JsonFields::kMaxDepth)).ok());
  EXPECT_FALSE(JsonFields::parse("{\"a\":" + std::string(100'000, '[')).ok());
  EXPECT_TRUE(JsonFields::parse(list_of(JsonFields::kMaxListed)).ok());
  EXPECT_FALSE(JsonFields::parse(list_of(JsonFields::kMaxListed + 1)).ok());
  std::string members;
  for (std::size_t i = 0; i < JsonFields::kMaxFields; ++i) {
    members += "\"" + std::to_string(i) + "\":1,";
  }
  EXPECT_TRUE(JsonFields::parse("{" + members.substr(0, members.size() - 1) + "}").ok());
  EXPECT_FALSE(JsonFields::parse("{" + members + "\"more\":1}").ok());
  EXPECT_FALSE(JsonFields::parse("{\"" + std::string(1000, 'n') + "\":1}").ok());
}

}  // namespace
}  // namespace rollcall::http

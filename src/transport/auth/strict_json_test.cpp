#include "transport/auth/strict_json.hpp"

#include <string>

#include <boost/json/value.hpp>
#include <gtest/gtest.h>

namespace rollcall::auth {
namespace {

TEST(StrictJson, TakesObjects) {
  const auto object = parse_strict_object(
      " {\"a\":1,\"b\":{\"a\":[{\"a\":2},{\"a\":3}]},\"s\":\"\\u00e4\",\"t\":\"x\",\"n\":null} ");
  ASSERT_TRUE(object.has_value());
  EXPECT_EQ(object->size(), 5U);
  EXPECT_EQ(object->at("b").at("a").at(1).at("a").as_int64(), 3);
  EXPECT_EQ(*find_string(*object, "s"), "\xc3\xa4");
  EXPECT_EQ(find_string(*object, "a"), nullptr);
  EXPECT_EQ(find_string(*object, "n"), nullptr);
  EXPECT_EQ(find_string(*object, "missing"), nullptr);
}

TEST(StrictJson, RefusesANameThatStandsTwice) {
  for (const char* text :
       {R"({"a":1,"a":1})", R"({"a":1,"\u0061":2})", R"({"x":{"a":1,"b":2,"a":3}})",
        R"({"x":[1,{"a":{},"a":{}}]})", R"({"a":{"b":1,"b":2},"a":{"b":1}})"}) {
    EXPECT_FALSE(parse_strict_object(text).has_value()) << text;
  }
}

TEST(StrictJson, RefusesWhatIsNoObject) {
  for (const char* text : {"", " ", "{", "[]", "1", "null", "\"a\"", "{}x", "{}{}", "{\"a\":1,}",
                           "{a:1}", "{\"a\":01}", "{\"a\":NaN}", "{'a':1}", "{\"a\":\"\xff\"}",
                           "{\"a\":\"\\ud800\"}", "{\"a\":\"\n\"}", "/**/{}", "{\"a\":1}\v"}) {
    EXPECT_FALSE(parse_strict_object(text).has_value()) << text;
  }
  EXPECT_FALSE(parse_strict_object(std::string("{}\0", 3)).has_value());
}

TEST(StrictJson, RefusesDeepNesting) {
  const auto nested = [](std::size_t depth) {
    return R"({"a":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_TRUE(parse_strict_object(nested(kMaxJsonDepth - 1)).has_value());
  EXPECT_FALSE(parse_strict_object(nested(kMaxJsonDepth)).has_value());
  EXPECT_FALSE(parse_strict_object(nested(100'000)).has_value());
}

}  // namespace
}  // namespace rollcall::auth

#include "core/member.hpp"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace rollcall::core {
namespace {

TEST(MemberId, KeepsAValidTextAsItIs) {
  for (const std::string& text : {std::string("a"), std::string(128, 'x'), std::string(" {}\"\\,"),
                                  std::string("\xf0\x9f\xa6\x89")}) {
    const auto id = MemberId::parse(text);
    ASSERT_TRUE(id.ok()) << text;
    EXPECT_EQ(id.value().text(), text);
  }
}

TEST(MemberId, SaysWhatIsWrong) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "the id is empty"},
      {std::string(129, 'x'), "the id is longer than 128 bytes"},
      {"a\xff", "the id is not valid UTF-8"},
      {"a\nb", "the id holds a control character"},
      {std::string("a\0b", 3), "the id holds a control character"},
      {"\xc2\x85", "the id holds a control character"},
  };
  for (const auto& [text, message] : cases) {
    const auto id = MemberId::parse(text);
    ASSERT_FALSE(id.ok()) << message;
    EXPECT_EQ(id.error().kind, base::Errc::invalid_argument);
    EXPECT_EQ(id.error().code, "invalid_id");
    EXPECT_EQ(id.error().message, message);
  }
}

TEST(MemberHash, DependsOnTextAndSeedAlone) {
  EXPECT_EQ(MemberHash(1)("ada"), MemberHash(1)("ada"));
  EXPECT_NE(MemberHash(1)("ada"), MemberHash(2)("ada"));
  EXPECT_NE(MemberHash(1)("ada"), MemberHash(1)("adb"));
}

TEST(MemberHash, SpreadsMembersOverShards) {
  constexpr int kMembers = 10'000;
  constexpr int kShards = 4;
  int counts[kShards] = {};
  for (int i = 0; i < kMembers; ++i) ++counts[MemberHash(42)(std::to_string(i)) % kShards];
  for (const int count : counts) EXPECT_NEAR(count, kMembers / kShards, kMembers / 40);
}

}  // namespace
}  // namespace rollcall::core

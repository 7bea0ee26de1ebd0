#include "transport/auth/base64url.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace rollcall::auth {
namespace {

using namespace std::string_literals;

TEST(Base64url, IsThatOfTheRfc) {
  // RFC 4648, 10, and RFC 7515, appendix C.
  EXPECT_EQ(encode_base64url(""), "");
  EXPECT_EQ(encode_base64url("f"), "Zg");
  EXPECT_EQ(encode_base64url("fo"), "Zm8");
  EXPECT_EQ(encode_base64url("foobar"), "Zm9vYmFy");
  EXPECT_EQ(encode_base64url("\x03\xec\xff\xe0\xc1"), "A-z_4ME");
  EXPECT_EQ(decode_base64url("A-z_4ME"), "\x03\xec\xff\xe0\xc1");
  EXPECT_EQ(decode_base64url("AAA"), "\0\0"s);
}

TEST(Base64url, RefusesWhatIsNotCanonical) {
  for (const std::string& text :
       {"Zg=="s, "Zg="s, "Z"s, "Zm9vY"s, " Zg"s, "Zg\n"s, "Zm 8"s, "+_-A"s, "a/bc"s, "Zm9v\0"s,
        "Zh"s, "Zm9"s, "\xc3\xa4"s, "Zm.8"s}) {
    EXPECT_EQ(decode_base64url(text), std::nullopt) << text;
  }
}

RC_GTEST_PROP(Base64url, GivesBackEveryByteString, (const std::string& bytes)) {
  RC_ASSERT(decode_base64url(encode_base64url(bytes)) == bytes);
}

RC_GTEST_PROP(Base64url, HasOneTextForEachByteString, (const std::string& text)) {
  const auto bytes = decode_base64url(text);
  if (bytes) RC_ASSERT(encode_base64url(*bytes) == text);
}

RC_GTEST_PROP(Base64url, TakesOrRefusesEveryTextOfItsAlphabet, ()) {
  const auto text = *rc::gen::container<std::string>(rc::gen::elementOf("AQZagz09-_"s));
  const auto bytes = decode_base64url(text);
  if (bytes) RC_ASSERT(encode_base64url(*bytes) == text);
  RC_ASSERT(bytes.has_value() || text.size() % 4 != 0);
}

}  // namespace
}  // namespace rollcall::auth

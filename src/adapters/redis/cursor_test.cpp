#include "adapters/redis/cursor.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace rollcall::redis {
namespace {

const std::string kListing = "0123456789abcdef0123456789abcdef";

bool is_refused(std::string_view text) {
  const auto cursor = decode_cursor(text);
  return !cursor.ok() && cursor.error().kind == base::Errc::invalid_argument;
}

TEST(ListCursor, IsUrlSafeText) {
  const std::string text = encode_cursor({kListing, 3, "1760000000125", "\xff\xfe?~:\0"});
  EXPECT_EQ(
      text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
      std::string::npos);
}

TEST(ListCursor, RefusesWhatItDidNotMake) {
  EXPECT_TRUE(is_refused(""));
  EXPECT_TRUE(is_refused("AAAA"));
  EXPECT_TRUE(is_refused("%%%%"));
  EXPECT_TRUE(is_refused(std::string(100'000, 'A')));
  EXPECT_TRUE(is_refused(encode_cursor({kListing, 0, "1", "m"})));
  EXPECT_TRUE(is_refused(encode_cursor({kListing, 1, "one", "m"})));
  EXPECT_TRUE(is_refused(encode_cursor({kListing, 1, "nan", "m"})));
  EXPECT_TRUE(is_refused(encode_cursor({kListing, 1, "", "m"})));
  EXPECT_TRUE(is_refused(encode_cursor({"short", 1, "1", "m"})));
  EXPECT_TRUE(is_refused(encode_cursor({"{another key}:0123456789abcdefgh", 1, "1", "m"})));
  const std::string good = encode_cursor({kListing, 1, "1", "m"});
  EXPECT_FALSE(is_refused(good));
  EXPECT_TRUE(is_refused(good + "="));
  EXPECT_TRUE(is_refused(good + good));
}

TEST(ListCursor, LooseBitsAreRefused) {
  std::string text = encode_cursor({kListing, 1, "1", "mm"});
  text.back() = static_cast<char>(text.back() + 1);
  EXPECT_TRUE(is_refused(text) || decode_cursor(text).value().member != "mm");
}

RC_GTEST_PROP(ListCursorProperty, IsReadAsItWasWritten, (const std::string& member)) {
  const ListCursor cursor{kListing, *rc::gen::inRange(1U, 1'000'000U),
                          std::to_string(*rc::gen::inRange(0, 2'000'000'000)) + ".125", member};
  const auto read = decode_cursor(encode_cursor(cursor));
  RC_ASSERT(read.ok());
  RC_ASSERT(read.value() == cursor);
}

}  // namespace
}  // namespace rollcall::redis

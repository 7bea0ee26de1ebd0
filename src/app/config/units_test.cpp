#include "app/config/units.hpp"

#include <chrono>
#include <cstdint>
#include <limits>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace rollcall::app {
namespace {

using base::Millis;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(Durations, AreAWholeNumberAndAUnit) {
  const std::pair<const char*, Millis> cases[] = {
      {"150ms", Millis(150)}, {"54s", seconds(54)}, {"5m", minutes(5)},   {"1h", hours(1)},
      {"1d", days(1)},        {"0s", Millis(0)},    {"007s", seconds(7)}, {"3650d", days(3650)}};
  for (const auto& [text, expected] : cases) {
    const auto duration = parse_duration(text);
    ASSERT_TRUE(duration.ok()) << text;
    EXPECT_EQ(duration.value(), expected) << text;
  }
}

TEST(Durations, TellTheirFormsWhenTheyAreWrong) {
  const std::string forms =
      R"(: give a whole number with a unit (ms, s, m, h, d), such as "150ms", "54s" or "5m")";
  const std::pair<const char*, std::string> cases[] = {
      {"", R"("" is no duration)" + forms},
      {"soon", R"("soon" is no duration)" + forms},
      {"-5s", R"("-5s" is no duration)" + forms},
      {"+5s", R"("+5s" is no duration)" + forms},
      {" 5s", R"(" 5s" is no duration)" + forms},
      {"5", R"("5" has no unit)" + forms},
      {"5 s", R"("5 s" has an unknown unit)" + forms},
      {"5S", R"("5S" has an unknown unit)" + forms},
      {"5m30s", R"("5m30s" has an unknown unit)" + forms},
      {"5weeks", R"("5weeks" has an unknown unit)" + forms},
      {"1.5h", R"("1.5h" has a fraction)" + forms},
      {"1,5h", R"("1,5h" has a fraction)" + forms},
      {"99999999999999999999s", R"("99999999999999999999s" is no duration)" + forms},
      {"18446744073709551615d", R"("18446744073709551615d" is longer than 3650d)"},
      {"3651d", R"("3651d" is longer than 3650d)"}};
  for (const auto& [text, expected] : cases) {
    const auto duration = parse_duration(text);
    ASSERT_FALSE(duration.ok()) << text;
    EXPECT_EQ(duration.error().message, expected);
    EXPECT_EQ(duration.error().code, "invalid_duration");
  }
}

TEST(Durations, AreFormattedInTheLargestExactUnit) {
  EXPECT_EQ(format_duration(Millis(0)), "0s");
  EXPECT_EQ(format_duration(Millis(150)), "150ms");
  EXPECT_EQ(format_duration(Millis(1500)), "1500ms");
  EXPECT_EQ(format_duration(seconds(90)), "90s");
  EXPECT_EQ(format_duration(minutes(15)), "15m");
  EXPECT_EQ(format_duration(hours(24)), "1d");
}

TEST(Durations, ParseBackToWhatWasFormatted) {
  EXPECT_TRUE(rc::check([] {
    const Millis duration(*rc::gen::inRange<std::int64_t>(0, kMaxDuration.count() + 1));
    const auto parsed = parse_duration(format_duration(duration));
    RC_ASSERT(parsed.ok());
    RC_ASSERT(parsed.value() == duration);
  }));
}

TEST(Sizes, AreANumberAndPerhapsAUnit) {
  const std::pair<const char*, std::size_t> cases[] = {
      {"0", 0},           {"1234", 1234},         {"7B", 7},
      {"512KB", 512'000}, {"1KiB", 1024},         {"2MB", 2'000'000},
      {"1MiB", 1 << 20},  {"1GB", 1'000'000'000}, {"3GiB", std::size_t{3} << 30}};
  for (const auto& [text, expected] : cases) {
    const auto size = parse_bytes(text);
    ASSERT_TRUE(size.ok()) << text;
    EXPECT_EQ(size.value(), expected) << text;
  }
}

TEST(Sizes, TellTheirFormsWhenTheyAreWrong) {
  const std::string forms =
      ": give a number of bytes, or one with a unit (B, KB, MB, GB, KiB, MiB, GiB), such as "
      "\"512KB\"";
  const std::pair<const char*, std::string> cases[] = {
      {"", R"("" is no size)" + forms},
      {"-1", R"("-1" is no size)" + forms},
      {"many", R"("many" is no size)" + forms},
      {"512kb", R"("512kb" has an unknown unit)" + forms},
      {"1 MiB", R"("1 MiB" has an unknown unit)" + forms},
      {"1.5MiB", R"("1.5MiB" has a fraction)" + forms},
      {"9223372036854775808", R"("9223372036854775808" is too large)"},
      {"18446744073709551615GiB", R"("18446744073709551615GiB" is too large)"}};
  for (const auto& [text, expected] : cases) {
    const auto size = parse_bytes(text);
    ASSERT_FALSE(size.ok()) << text;
    EXPECT_EQ(size.error().message, expected);
  }
}

TEST(Sizes, AreFormattedInTheShortestExactForm) {
  EXPECT_EQ(format_bytes(0), "0");
  EXPECT_EQ(format_bytes(1001), "1001");
  EXPECT_EQ(format_bytes(16 * 1024), "16KiB");
  EXPECT_EQ(format_bytes(512'000), "512KB");
  EXPECT_EQ(format_bytes(1 << 20), "1MiB");
}

TEST(Sizes, ParseBackToWhatWasFormatted) {
  EXPECT_TRUE(rc::check([] {
    const auto factor = *rc::gen::element<std::size_t>(1, 1000, 1024, 1'000'000, 1 << 30);
    const std::size_t size = factor * *rc::gen::inRange<std::size_t>(0, 100'000);
    const auto parsed = parse_bytes(format_bytes(size));
    RC_ASSERT(parsed.ok());
    RC_ASSERT(parsed.value() == size);
  }));
}

}  // namespace
}  // namespace rollcall::app

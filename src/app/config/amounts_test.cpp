#include "app/config/amounts.hpp"

#include <gtest/gtest.h>

namespace rollcall::app {
namespace {

using base::Millis;

TEST(Amounts, GroupTheDigits) {
  EXPECT_EQ(in_digits(0), "0");
  EXPECT_EQ(in_digits(999), "999");
  EXPECT_EQ(in_digits(1000), "1,000");
  EXPECT_EQ(in_digits(123'456), "123,456");
  EXPECT_EQ(in_digits(2'604'487), "2,604,487");
}

TEST(Amounts, RoundBytes) {
  EXPECT_EQ(in_bytes(0), "0 B");
  EXPECT_EQ(in_bytes(999), "999 B");
  EXPECT_EQ(in_bytes(1000), "1.0 kB");
  EXPECT_EQ(in_bytes(999'949), "999.9 kB");
  EXPECT_EQ(in_bytes(999'951), "1.0 MB");
  EXPECT_EQ(in_bytes(1'255'000'000), "1.3 GB");
  EXPECT_EQ(in_bytes(5'000'000'000'000'000), "5000.0 TB");
}

TEST(Amounts, SayTimesInTheirLargestUnits) {
  EXPECT_EQ(in_time(Millis(-5)), "0 ms");
  EXPECT_EQ(in_time(Millis(999)), "999 ms");
  EXPECT_EQ(in_time(Millis(8700)), "8.7 s");
  EXPECT_EQ(in_time(Millis(9949)), "9.9 s");
  EXPECT_EQ(in_time(Millis(12'900)), "12 s");
  EXPECT_EQ(in_time(std::chrono::seconds(303)), "5 min 3 s");
  EXPECT_EQ(in_time(std::chrono::minutes(61)), "1 h 1 min");
  EXPECT_EQ(in_time(std::chrono::hours(76)), "3 d 4 h");
}

TEST(Amounts, CountThings) {
  EXPECT_EQ(counted(0, "row"), "0 rows");
  EXPECT_EQ(counted(1, "row"), "1 row");
  EXPECT_EQ(counted(2000, "row"), "2,000 rows");
}

}  // namespace
}  // namespace rollcall::app

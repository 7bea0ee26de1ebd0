#include "adapters/postgres/parameters.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace rollcall::postgres {
namespace {

std::string hex(const std::string& bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

// The expected bytes are what `SELECT encode(array_send(...), 'hex')` prints.

TEST(PostgresParameters, ScalarsAreBigEndian) {
  EXPECT_EQ(text("a'\\").bytes, "a'\\");
  EXPECT_EQ(hex(int8(1).bytes), "0000000000000001");
  EXPECT_EQ(hex(int8(-2).bytes), "fffffffffffffffe");
  EXPECT_EQ(hex(int8(std::numeric_limits<std::int64_t>::min()).bytes), "8000000000000000");
}

TEST(PostgresParameters, TextArraysNeedNoQuoting) {
  EXPECT_EQ(hex(text_array({"NULL", "", "\""}).bytes),
            "000000010000000000000019"
            "0000000300000001"
            "000000044e554c4c"
            "00000000"
            "0000000122");
  EXPECT_EQ(text_array({"a"}).type, 1009U);
}

TEST(PostgresParameters, NumberAndFlagArrays) {
  EXPECT_EQ(hex(int8_array({258}).bytes),
            "000000010000000000000014"
            "0000000100000001"
            "000000080000000000000102");
  EXPECT_EQ(hex(bool_array({true, false}).bytes),
            "000000010000000000000010"
            "0000000200000001"
            "0000000101"
            "0000000100");
}

TEST(PostgresParameters, AnEmptyArrayHasNoDimension) {
  EXPECT_EQ(hex(text_array({}).bytes), "000000000000000000000019");
  EXPECT_EQ(hex(int8_array({}).bytes), "000000000000000000000014");
  EXPECT_EQ(hex(bool_array({}).bytes), "000000000000000000000010");
}

}  // namespace
}  // namespace rollcall::postgres

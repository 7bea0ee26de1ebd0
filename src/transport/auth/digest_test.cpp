#include "transport/auth/digest.hpp"

#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

namespace rollcall::auth {
namespace {

// FIPS 180-4's example "abc", and its digest of nothing.
TEST(Digest, IsThatOfTheStandard) {
  EXPECT_EQ(fmt::format("{:02x}", fmt::join(sha1("abc"), "")),
            "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(fmt::format("{:02x}", fmt::join(sha256("abc"), "")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(fmt::format("{:02x}", fmt::join(sha256(""), "")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

}  // namespace
}  // namespace rollcall::auth

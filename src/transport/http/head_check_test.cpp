#include "transport/http/head_check.hpp"

#include <string>

#include <gtest/gtest.h>

namespace rollcall::http {
namespace {

TEST(HeadCheck, WellFormedHeadsPass) {
  EXPECT_EQ(head_structure_error("GET / HTTP/1.1\r\nHost: h\r\nEmpty:\r\nX:y : z\r\n\r\n"), "");
  EXPECT_EQ(head_structure_error("GET / HTTP/1.0\r\n\r\n"), "");
}

TEST(HeadCheck, SaysWhatIsWrongWithALine) {
  const std::string line = "GET / HTTP/1.1\r\n";
  EXPECT_EQ(head_structure_error(line + "A: b\n\r\n"), "a line must end in CR LF");
  EXPECT_EQ(head_structure_error(line + "A: b\rc\r\n\r\n"), "a line must end in CR LF");
  EXPECT_EQ(head_structure_error(line + "A: b\r"), "a line must end in CR LF");
  EXPECT_EQ(head_structure_error(line + "A: b"), "the last line has no end");
  EXPECT_EQ(head_structure_error(line + "A: b\r\n c\r\n\r\n"), "obsolete line folding is refused");
  EXPECT_EQ(head_structure_error(line + "\tA: b\r\n\r\n"), "obsolete line folding is refused");
  EXPECT_EQ(head_structure_error(line + "A\t: b\r\n\r\n"),
            "white space before a header's colon is refused");
  EXPECT_EQ(head_structure_error(line + "A b\r\n\r\n"), "a header line has no colon");
  EXPECT_EQ(head_structure_error(line + ": b\r\n\r\n"), "a header has no name");
  EXPECT_EQ(head_structure_error(line + std::string("A: \0\r\n\r\n", 8)),
            "a NUL byte stands in the headers");
}

}  // namespace
}  // namespace rollcall::http

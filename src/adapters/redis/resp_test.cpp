#include "adapters/redis/resp.hpp"

#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace rollcall::redis {
namespace {

RespValue text_value(RespType type, std::string text) {
  RespValue value;
  value.type = type;
  value.text = std::move(text);
  return value;
}

RespValue integer_value(std::int64_t number) {
  RespValue value;
  value.type = RespType::integer;
  value.integer = number;
  return value;
}

RespValue aggregate(RespType type, std::vector<RespValue> elements) {
  RespValue value;
  value.type = type;
  value.elements = std::move(elements);
  return value;
}

// All values of a stream that is fed in the given pieces; a failure when it is broken.
std::vector<RespValue> parse(const std::vector<std::string_view>& pieces) {
  RespParser parser;
  std::vector<RespValue> values;
  for (const std::string_view piece : pieces) {
    parser.feed(piece);
    while (true) {
      auto value = parser.next();
      if (!value) {
        ADD_FAILURE() << value.error().message;
        return values;
      }
      if (!value.value()) break;
      values.push_back(*std::move(value.value()));
    }
  }
  return values;
}

RespValue parse_one(std::string_view bytes) {
  const auto values = parse({bytes});
  EXPECT_EQ(values.size(), 1U);
  return values.empty() ? RespValue() : values[0];
}

std::string error_of(std::string_view bytes, RespLimits limits = {}) {
  RespParser parser(limits);
  parser.feed(bytes);
  while (true) {
    const auto value = parser.next();
    if (!value) return value.error().message;
    if (!value.value()) return "";
  }
}

TEST(RespParser, ReadsTextTypes) {
  EXPECT_EQ(parse_one("+OK\r\n"), text_value(RespType::simple, "OK"));
  EXPECT_EQ(parse_one("-ERR no\r\n"), text_value(RespType::error, "ERR no"));
  EXPECT_EQ(parse_one("!6\r\nERR\r\n1\r\n"), text_value(RespType::error, "ERR\r\n1"));
  EXPECT_EQ(parse_one("$0\r\n\r\n"), text_value(RespType::bulk, ""));
  EXPECT_EQ(parse_one("$4\r\na\r\nb\r\n"), text_value(RespType::bulk, "a\r\nb"));
  EXPECT_EQ(parse_one("=6\r\ntxt:ab\r\n"), text_value(RespType::verbatim, "ab"));
  EXPECT_EQ(parse_one("(-12345678901234567890\r\n"),
            text_value(RespType::big_number, "-12345678901234567890"));
}

TEST(RespParser, ReadsNumbersBooleansAndNulls) {
  EXPECT_EQ(parse_one(":-9223372036854775808\r\n"),
            integer_value(std::numeric_limits<std::int64_t>::min()));
  EXPECT_EQ(parse_one(":+7\r\n"), integer_value(7));
  EXPECT_EQ(parse_one(",1.25\r\n").floating, 1.25);
  EXPECT_EQ(parse_one(",-inf\r\n").floating, -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(parse_one(",nan\r\n").floating));
  EXPECT_EQ(parse_one("#t\r\n").type, RespType::boolean);
  EXPECT_EQ(parse_one("#t\r\n").integer, 1);
  EXPECT_EQ(parse_one("#f\r\n").integer, 0);
  for (const char* null : {"_\r\n", "$-1\r\n", "*-1\r\n"}) EXPECT_EQ(parse_one(null), RespValue());
}

TEST(RespParser, ReadsAggregates) {
  const RespValue one = integer_value(1);
  const RespValue two = integer_value(2);
  EXPECT_EQ(parse_one("*2\r\n:1\r\n:2\r\n"), aggregate(RespType::array, {one, two}));
  EXPECT_EQ(parse_one("*0\r\n"), aggregate(RespType::array, {}));
  EXPECT_EQ(parse_one("%1\r\n:1\r\n:2\r\n"), aggregate(RespType::map, {one, two}));
  EXPECT_EQ(parse_one("~1\r\n:1\r\n"), aggregate(RespType::set, {one}));
  EXPECT_EQ(parse_one(">1\r\n:1\r\n"), aggregate(RespType::push, {one}));
  EXPECT_EQ(parse_one("*2\r\n*1\r\n:1\r\n%0\r\n"),
            aggregate(RespType::array,
                      {aggregate(RespType::array, {one}), aggregate(RespType::map, {})}));
}

TEST(RespParser, SkipsAttributes) {
  EXPECT_EQ(parse_one("|1\r\n+ttl\r\n:3600\r\n:1\r\n"), integer_value(1));
  EXPECT_EQ(parse_one("|0\r\n:1\r\n"), integer_value(1));
  EXPECT_EQ(parse_one("*2\r\n:1\r\n|1\r\n+a\r\n*1\r\n+b\r\n:2\r\n"),
            aggregate(RespType::array, {integer_value(1), integer_value(2)}));
}

TEST(RespParser, WhereTheStreamIsCutDoesNotMatter) {
  const std::string stream =
      "+OK\r\n-ERR x\r\n:12\r\n$5\r\nab\r\nc\r\n$-1\r\n*2\r\n$1\r\na\r\n*1\r\n:1\r\n%1\r\n+k\r\n"
      "~1\r\n#t\r\n|1\r\n+a\r\n+b\r\n,1.5\r\n_\r\n>1\r\n=5\r\ntxt:x\r\n!3\r\nERR\r\n(123\r\n";
  const auto whole = parse({stream});
  ASSERT_EQ(whole.size(), 12U);
  const std::string_view view = stream;
  for (std::size_t first = 0; first <= stream.size(); ++first) {
    for (std::size_t second = first; second <= stream.size(); ++second) {
      ASSERT_EQ(
          parse({view.substr(0, first), view.substr(first, second - first), view.substr(second)}),
          whole)
          << first << ", " << second;
    }
  }
}

TEST(RespParser, RefusesWhatIsNotResp) {
  for (const char* bytes : {"\r\n",          "?\r\n",        "hello\r\n",
                            ":\r\n",         ":1x\r\n",      ":99999999999999999999\r\n",
                            ",x\r\n",        "#x\r\n",       "(1x\r\n",
                            "(\r\n",         "_x\r\n",       "$x\r\n",
                            "$-2\r\n",       "$\r\n",        "*-2\r\n",
                            "%-1\r\n",       "!-1\r\n",      "*?\r\n",
                            "$?\r\n",        "$1\r\nab\r\n", "=2\r\nab\r\n",
                            "=4\r\nabcd\r\n"}) {
    EXPECT_NE(error_of(bytes), "") << bytes;
  }
}

TEST(RespParser, ErrorsAreFinal) {
  RespParser parser;
  parser.feed("?\r\n:1\r\n");
  EXPECT_FALSE(parser.next().ok());
  parser.feed(":1\r\n");
  const auto again = parser.next();
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().kind, base::Errc::unavailable);
  EXPECT_EQ(again.error().code, "redis_protocol");
}

TEST(RespParser, LimitsHoldBeforeTheBytesCome) {
  const RespLimits limits{16, 100, 10, 150, 3};
  EXPECT_EQ(error_of("$100\r\n", limits), "");
  EXPECT_NE(error_of("$101\r\n", limits), "");
  EXPECT_NE(error_of("$9223372036854775807\r\n", limits), "");
  EXPECT_EQ(error_of("*10\r\n", limits), "");
  EXPECT_NE(error_of("*11\r\n", limits), "");
  EXPECT_NE(error_of("*9223372036854775807\r\n", limits), "");
  EXPECT_NE(error_of("%6\r\n", limits), "");
  EXPECT_NE(error_of("%4611686018427387905\r\n", limits), "");
  EXPECT_NE(error_of("*2\r\n*5\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n*4\r\n", limits), "");
  EXPECT_EQ(error_of("*1\r\n*1\r\n*1\r\n:1\r\n", limits), "");
  EXPECT_NE(error_of("*1\r\n*1\r\n*1\r\n*1\r\n", limits), "");
  EXPECT_EQ(error_of("+" + std::string(15, 'x'), limits), "");
  EXPECT_NE(error_of("+" + std::string(16, 'x'), limits), "");
  RespParser cut_in_the_line_end(limits);
  cut_in_the_line_end.feed("+" + std::string(15, 'x') + "\r");
  EXPECT_TRUE(cut_in_the_line_end.next().ok());
  const std::string hundred = "$100\r\n" + std::string(100, 'x') + "\r\n";
  EXPECT_EQ(error_of(hundred + hundred, limits), "") << "a limit of one reply, not of the stream";
  EXPECT_NE(error_of("*2\r\n" + hundred + "$100\r\n", limits), "");
}

TEST(Command, IsAnArrayOfBulkStrings) {
  std::string bytes;
  append_command(bytes, "SET", std::string("k\r\n"), 42);
  EXPECT_EQ(bytes, "*3\r\n$3\r\nSET\r\n$3\r\nk\r\n\r\n$2\r\n42\r\n");
  bytes.clear();
  Command("EVALSHA", "x").add(Command(1, "k")).append_to(bytes);
  EXPECT_EQ(bytes, "*4\r\n$7\r\nEVALSHA\r\n$1\r\nx\r\n$1\r\n1\r\n$1\r\nk\r\n");
}

void append_value(std::string& out, const RespValue& value);

void append_elements(std::string& out, char mark, std::size_t count, const RespValue& value) {
  out += mark + std::to_string(count) + "\r\n";
  for (const RespValue& element : value.elements) append_value(out, element);
}

void append_body(std::string& out, char mark, const std::string& text) {
  out += mark + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

void append_value(std::string& out, const RespValue& value) {
  switch (value.type) {
    case RespType::null:
      out += "_\r\n";
      break;
    case RespType::simple:
      out += "+" + value.text + "\r\n";
      break;
    case RespType::error:
      append_body(out, '!', value.text);
      break;
    case RespType::integer:
      out += ":" + std::to_string(value.integer) + "\r\n";
      break;
    case RespType::bulk:
      append_body(out, '$', value.text);
      break;
    case RespType::floating:
      out += "," + std::to_string(value.floating) + "\r\n";
      break;
    case RespType::boolean:
      out += value.integer == 1 ? "#t\r\n" : "#f\r\n";
      break;
    case RespType::big_number:
      out += "(" + value.text + "\r\n";
      break;
    case RespType::verbatim:
      append_body(out, '=', "txt:" + value.text);
      break;
    case RespType::array:
      append_elements(out, '*', value.elements.size(), value);
      break;
    case RespType::map:
      append_elements(out, '%', value.elements.size() / 2, value);
      break;
    case RespType::set:
      append_elements(out, '~', value.elements.size(), value);
      break;
    case RespType::push:
      append_elements(out, '>', value.elements.size(), value);
      break;
  }
}

RespValue arbitrary_scalar() {
  RespValue value;
  value.type = *rc::gen::element(RespType::null, RespType::simple, RespType::error,
                                 RespType::integer, RespType::bulk, RespType::floating,
                                 RespType::boolean, RespType::big_number, RespType::verbatim);
  const bool any_bytes = value.type == RespType::error || value.type == RespType::bulk ||
                         value.type == RespType::verbatim;
  if (any_bytes) value.text = *rc::gen::arbitrary<std::string>();
  if (value.type == RespType::simple) {
    value.text = *rc::gen::container<std::string>(rc::gen::inRange(' ', '~'));
  }
  if (value.type == RespType::big_number) value.text = std::to_string(*rc::gen::arbitrary<int>());
  if (value.type == RespType::integer) value.integer = *rc::gen::arbitrary<std::int64_t>();
  if (value.type == RespType::boolean) value.integer = *rc::gen::inRange(0, 2);
  if (value.type == RespType::floating) value.floating = *rc::gen::inRange(-1000, 1000) / 8.0;
  return value;
}

RespValue arbitrary_value(int depth) {
  if (depth == 0 || *rc::gen::inRange(0, 3) > 0) return arbitrary_scalar();
  RespValue value;
  value.type = *rc::gen::element(RespType::array, RespType::map, RespType::set, RespType::push);
  const int count = *rc::gen::inRange(0, 5) * (value.type == RespType::map ? 2 : 1);
  for (int i = 0; i < count; ++i) value.elements.push_back(arbitrary_value(depth - 1));
  return value;
}

RC_GTEST_PROP(RespParserProperty, WhatIsWrittenIsReadHoweverItIsCut, ()) {
  std::vector<RespValue> values;
  std::string bytes;
  for (int i = *rc::gen::inRange(1, 6); i > 0; --i) {
    values.push_back(arbitrary_value(3));
    append_value(bytes, values.back());
  }
  std::vector<std::string_view> pieces;
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const auto size = std::min(rest.size(), *rc::gen::inRange<std::size_t>(1, 40));
    pieces.push_back(rest.substr(0, size));
    rest.remove_prefix(size);
  }
  RC_ASSERT(parse(pieces) == values);
}

RC_GTEST_PROP(CommandProperty, IsReadAsItsArguments, (const std::vector<std::string>& words)) {
  Command command;
  for (const std::string& word : words) command.add(word);
  std::string bytes;
  command.append_to(bytes);
  std::vector<RespValue> expected;
  for (const std::string& word : words) expected.push_back(text_value(RespType::bulk, word));
  RC_ASSERT(parse({bytes}) == std::vector{aggregate(RespType::array, expected)});
}

}  // namespace
}  // namespace rollcall::redis

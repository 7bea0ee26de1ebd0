#include "transport/http/request_parser.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace rollcall::http {
namespace {

const Limits kLimits;
const std::string kGet = "GET /a?b=c HTTP/1.1\r\nHost: h\r\nX-One: 1\r\n\r\n";
const std::string kPost = "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello";
const std::string kPostHead = "POST /p HTTP/1.1\r\nHost: h\r\n";
const std::string kChunkedHead = kPostHead + "Transfer-Encoding: chunked\r\n\r\n";
const std::string kChunked =
    kChunkedHead + "5;ext=\"a;b\"\r\nhello\r\n00A \t;x\r\n, world...\r\n0\r\nTrailer: t\r\n\r\n";

// Everything that a handler could see of a request.
std::string describe(const Request& request) {
  std::string text = std::to_string(static_cast<int>(request.method)) + " ";
  text += std::string(request.target) + " 1." + std::to_string(request.minor_version);
  text += request.keep_alive ? " keep" : " close";
  for (const Header& header : request.headers) {
    text += "\n" + std::string(header.name) + "=" + std::string(header.value);
  }
  return text + "\n\n" + std::string(request.body);
}

// What becomes of a stream that comes in these pieces: each request, then a failure's status.
std::vector<std::string> read(const std::vector<std::string>& pieces,
                              const Limits& limits = kLimits) {
  std::vector<std::string> found;
  RequestParser parser(limits);
  for (std::string_view rest : pieces) {
    while (!rest.empty()) {
      rest.remove_prefix(parser.feed(rest));
      if (parser.failure()) {
        found.push_back("failure " + std::to_string(parser.failure()->status));
        return found;
      }
      if (!parser.complete()) continue;
      found.push_back(describe(parser.request()));
      parser.reset();
    }
  }
  return found;
}

std::vector<std::string> bytes_of(const std::string& stream) {
  std::vector<std::string> bytes;
  for (const char c : stream) bytes.emplace_back(1, c);
  return bytes;
}

// The status with which a stream is refused, whole and byte for byte; 0 when it is not.
int refusal(const std::string& stream, const Limits& limits = kLimits) {
  const auto found = read({stream}, limits);
  EXPECT_EQ(read(bytes_of(stream), limits), found) << stream;
  if (found.empty() || !found.back().starts_with("failure ")) return 0;
  return std::stoi(found.back().substr(8));
}

TEST(RequestParser, ReadsWhatARequestSays) {
  RequestParser parser(kLimits);
  EXPECT_EQ(parser.feed(kGet), kGet.size());
  ASSERT_TRUE(parser.complete());
  const Request& request = parser.request();
  EXPECT_EQ(request.method, Method::get);
  EXPECT_EQ(request.target, "/a?b=c");
  EXPECT_EQ(request.minor_version, 1);
  EXPECT_TRUE(request.keep_alive);
  EXPECT_EQ(request.header("x-ONE"), "1");
  EXPECT_FALSE(request.has_header("X-Two"));
  EXPECT_EQ(request.body, "");
}

TEST(RequestParser, AStreamMayBeCutAnywhere) {
  for (const std::string& stream : {kGet, kPost, kChunked, "\r\n" + kGet}) {
    const auto whole = read({stream});
    ASSERT_EQ(whole.size(), 1U) << stream;
    for (std::size_t cut = 1; cut < stream.size(); ++cut) {
      ASSERT_EQ(read({stream.substr(0, cut), stream.substr(cut)}), whole) << stream << cut;
    }
    ASSERT_EQ(read(bytes_of(stream)), whole) << stream;
  }
}

TEST(RequestParser, TakesNoByteBeyondItsRequest) {
  for (const std::string& stream : {kGet, kPost, kChunked}) {
    RequestParser parser(kLimits);
    EXPECT_EQ(parser.feed(stream + kGet), stream.size());
    EXPECT_TRUE(parser.complete());
    EXPECT_EQ(parser.feed(kGet), 0U);
  }
  EXPECT_EQ(read({kGet + kChunked + kPost + "\r\n" + kGet}).size(), 4U);
}

TEST(RequestParser, ChunksAreJoinedAndTrailersDropped) {
  const auto found = read({kChunked});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(found[0].ends_with("\n\nhello, world..."));
  EXPECT_EQ(found[0].find("Trailer"), std::string::npos);
  EXPECT_TRUE(read({kChunkedHead + "0\r\n\r\n"}).at(0).ends_with("\n\n"));
}

TEST(RequestParser, KeepsConnectionsAsTheVersionAndTheClientSay) {
  const auto keeps = [](const std::string& head) {
    RequestParser parser(kLimits);
    parser.feed(head + "\r\n\r\n");
    EXPECT_TRUE(parser.complete()) << head;
    return parser.request().keep_alive;
  };
  EXPECT_TRUE(keeps("GET / HTTP/1.1\r\nHost: h"));
  EXPECT_FALSE(keeps("GET / HTTP/1.1\r\nHost: h\r\nConnection: Close"));
  EXPECT_FALSE(keeps("GET / HTTP/1.0"));
  EXPECT_TRUE(keeps("GET / HTTP/1.0\r\nConnection: keep-alive"));
}

TEST(RequestParser, MethodsAreKnownInTheirOwnCaseOnly) {
  const std::pair<std::string, Method> methods[] = {
      {"GET", Method::get},     {"HEAD", Method::head},  {"POST", Method::post},
      {"PUT", Method::put},     {"DELETE", Method::del}, {"OPTIONS", Method::options},
      {"PATCH", Method::other}, {"get", Method::other}};
  for (const auto& [name, method] : methods) {
    RequestParser parser(kLimits);
    parser.feed(name + " / HTTP/1.1\r\nHost: h\r\n\r\n");
    ASSERT_TRUE(parser.complete()) << name;
    EXPECT_EQ(parser.request().method, method) << name;
  }
}

TEST(RequestParser, TheClientMayWaitForLeaveToSendTheBody) {
  const std::string head = kPostHead + "Content-Length: 5\r\nExpect: 100-Continue\r\n\r\n";
  RequestParser parser(kLimits);
  parser.feed(head);
  EXPECT_TRUE(parser.in_body());
  EXPECT_TRUE(parser.wants_continue());
  parser.feed("h");
  EXPECT_FALSE(parser.wants_continue());
}

TEST(RequestParser, OneEmptyLineBeforeARequestIsIgnored) {
  EXPECT_EQ(refusal("\r\n" + kGet), 0);
  EXPECT_EQ(refusal("\r\n\r\n" + kGet), 400);
  EXPECT_EQ(refusal("\r" + kGet), 400);
  EXPECT_EQ(refusal("\n" + kGet), 400);
}

TEST(RequestParser, HeadsAreBoundedToTheByte) {
  Limits limits;
  limits.header_bytes = kGet.size();
  EXPECT_EQ(refusal(kGet, limits), 0);
  limits.header_bytes = kGet.size() - 1;
  EXPECT_EQ(refusal(kGet, limits), 431);
  EXPECT_EQ(refusal("GET /" + std::string(1000, 'a'), limits), 431);
}

TEST(RequestParser, HeadersAreCounted) {
  std::string head = "GET / HTTP/1.1\r\nHost: h\r\n";
  for (std::size_t i = 1; i < RequestParser::kMaxHeaders; ++i) head += "X: y\r\n";
  EXPECT_EQ(refusal(head + "\r\n"), 0);
  EXPECT_EQ(refusal(head + "X: y\r\n\r\n"), 431);
}

TEST(RequestParser, BodiesAreBoundedToTheByte) {
  Limits limits;
  limits.body_bytes = 15;
  EXPECT_EQ(refusal(kPostHead + "Content-Length: 15\r\n\r\n" + std::string(15, 'x'), limits), 0);
  EXPECT_EQ(refusal(kPostHead + "Content-Length: 16\r\n\r\n", limits), 413);
  EXPECT_EQ(refusal(kChunked, limits), 0);
  limits.body_bytes = 14;
  EXPECT_EQ(refusal(kChunked, limits), 413);
  EXPECT_EQ(refusal(kChunkedHead + "ffffffffffffffff1\r\n", limits), 413);
}

TEST(RequestParser, RefusesLengthsThatProxiesReadDifferently) {
  for (const char* fields : {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                             "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
                             "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                             "Content-Length: 5\r\nContent-Length: 5\r\n",
                             "Content-Length: 5\r\ncontent-length: 6\r\n",
                             "Content-Length: 5, 5\r\n",
                             "Content-Length: -5\r\n",
                             "Content-Length: +5\r\n",
                             "Content-Length: 0x5\r\n",
                             "Content-Length: 5 5\r\n",
                             "Content-Length: \r\n",
                             "Content-Length: 5.0\r\n",
                             "Content-Length: 99999999999999999999\r\n",
                             "Transfer-Encoding: chunked, identity\r\n",
                             "Transfer-Encoding: gzip, chunked\r\n",
                             "Transfer-Encoding: identity\r\n",
                             "Transfer-Encoding: xchunked\r\n",
                             "Transfer-Encoding: \"chunked\"\r\n",
                             "Transfer-Encoding:\r\n",
                             "Transfer-Encoding: chunked,\r\n",
                             "Transfer-Encoding:\vchunked\r\n"}) {
    EXPECT_EQ(refusal(kPostHead + fields + "\r\nhello"), 400) << fields;
  }
}

TEST(RequestParser, RefusesBadHeaderLines) {
  for (const char* fields :
       {"X: a\r\n folded\r\n", "X: a\r\n\tfolded\r\n", "X: a\nY: b\r\n", "X: a\rb\r\n",
        "X : a\r\n", "X\t: a\r\n", ": a\r\n", "no colon\r\n", "X y: a\r\n", "X(: a\r\n",
        "X: \x01\r\n", "Host: other\r\n", "\xc3\xa9: a\r\n"}) {
    EXPECT_EQ(refusal(kPostHead + fields + "\r\n"), 400) << fields;
  }
  EXPECT_EQ(refusal(kPostHead + std::string("X: a\0b\r\n\r\n", 10)), 400);
}

TEST(RequestParser, RefusesBadRequestLinesAndHosts) {
  for (const char* line :
       {"GET / HTTP/1.2", "GET / HTTP/2.0", "GET / HTTP/0.9", "GET / HTTP/11", "GET / http/1.1",
        "GET / HTTP/1.1 ", "GET  / HTTP/1.1", " GET / HTTP/1.1", "GET /", "GET", "G(T / HTTP/1.1",
        "GET /a b HTTP/1.1", "GET /\x01 HTTP/1.1", "GET\t/ HTTP/1.1", ""}) {
    EXPECT_EQ(refusal(std::string(line) + "\r\nHost: h\r\n\r\n"), 400) << line;
  }
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(refusal("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400);
}

TEST(RequestParser, IsReadyForTheNextRequestAfterAReset) {
  RequestParser parser(kLimits);
  for (const std::string& stream : {kChunked, kGet, kPost, std::string("bad\r\n\r\n"), kGet}) {
    parser.feed(stream);
    EXPECT_EQ(parser.complete(), stream != "bad\r\n\r\n");
    parser.reset();
    EXPECT_FALSE(parser.has_begun());
    EXPECT_FALSE(parser.failure());
  }
}

// A request of an arbitrary body, in one of both codings.
std::string arbitrary_request() {
  const auto body = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
  if (*rc::gen::arbitrary<bool>()) {
    return kPostHead + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  std::string stream = kChunkedHead;
  for (std::size_t at = 0; at < body.size();) {
    const auto size =
        *rc::gen::inRange<std::size_t>(1, std::min<std::size_t>(10, body.size() - at + 1));
    stream += std::to_string(size) + "\r\n" + body.substr(at, size) + "\r\n";
    at += size;
  }
  return stream + "0\r\n\r\n";
}

RC_GTEST_PROP(RequestParserProperty, AnyCutOfAValidStreamGivesTheSameRequests, ()) {
  std::string stream;
  const auto count = *rc::gen::inRange<std::size_t>(1, 4);
  for (std::size_t i = 0; i < count; ++i) stream += arbitrary_request();
  std::vector<std::string> pieces;
  for (std::size_t at = 0; at < stream.size();) {
    const auto size = *rc::gen::inRange<std::size_t>(1, 50);
    pieces.push_back(stream.substr(at, size));
    at += size;
  }
  const auto whole = read({stream});
  RC_ASSERT(whole.size() == count);
  RC_ASSERT(read(pieces) == whole);
}

}  // namespace
}  // namespace rollcall::http

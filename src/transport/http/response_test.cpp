#include "transport/http/response.hpp"

#include <string>

#include <gtest/gtest.h>

namespace rollcall::http {
namespace {

std::string written(const Response& response, const Framing& framing) {
  std::string out = "before ";
  append_response(out, response, framing);
  return out.substr(7);
}

TEST(AppendResponse, WritesStatusFieldsAndBody) {
  Response response;
  response.body = "{}";
  response.fields = "A: b\r\n";
  EXPECT_EQ(written(response, {true, false, "now", "C: d\r\n"}),
            "HTTP/1.1 200 OK\r\nDate: now\r\nContent-Type: application/json\r\n"
            "Content-Length: 2\r\nC: d\r\nA: b\r\n\r\n{}");
}

TEST(AppendResponse, SaysWhenTheConnectionEnds) {
  EXPECT_EQ(written({}, {true, false, "now", {}}).find("Connection"), std::string::npos);
  EXPECT_NE(written({}, {false, false, "now", {}}).find("\r\nConnection: close\r\n"),
            std::string::npos);
}

TEST(AppendResponse, TheAnswerToHeadHasTheLengthOnly) {
  Response response;
  response.body = "hello";
  EXPECT_TRUE(written(response, {true, true, "now", {}}).ends_with("Content-Length: 5\r\n\r\n"));
}

TEST(AppendResponse, NoContentHasNeitherBodyNorLength) {
  Response response;
  response.status = 204;
  response.body = "ignored";
  EXPECT_EQ(written(response, {true, false, "now", {}}),
            "HTTP/1.1 204 No Content\r\nDate: now\r\n\r\n");
}

TEST(ErrorResponse, IsWellFormedWhateverTheMessage) {
  EXPECT_EQ(error_response(400, "bad", "a \"b\"\n\x01\\").body,
            R"({"error":{"code":"bad","message":"a \"b\"\n\u0001\\"}})");
  EXPECT_EQ(json_string("\xc3\xa9</"), "\"\xc3\xa9</\"");
}

TEST(ErrorResponse, TellsClientsWhatToDo) {
  EXPECT_EQ(error_response(429, "c", "m").fields, "Retry-After: 1\r\n");
  EXPECT_EQ(error_response(503, "c", "m").fields, "Retry-After: 1\r\n");
  EXPECT_EQ(error_response(401, "c", "m").fields, "WWW-Authenticate: Bearer\r\n");
  EXPECT_EQ(error_response(404, "c", "m").fields, "");
}

TEST(ErrorResponse, EveryKindHasItsStatus) {
  using base::Errc;
  const std::pair<Errc, int> statuses[] = {
      {Errc::invalid_argument, 400}, {Errc::unauthenticated, 401}, {Errc::forbidden, 403},
      {Errc::not_found, 404},        {Errc::too_large, 413},       {Errc::rate_limited, 429},
      {Errc::overloaded, 503},       {Errc::unavailable, 503},     {Errc::timeout, 503},
      {Errc::internal, 500}};
  for (const auto& [kind, status] : statuses) {
    const Response response = error_response(base::Error{kind, "code", "message"});
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(response.body, R"({"error":{"code":"code","message":"message"}})");
  }
}

}  // namespace
}  // namespace rollcall::http

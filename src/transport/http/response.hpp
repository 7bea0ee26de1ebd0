#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace rollcall::http {

struct Response {
  int status = 200;
  std::string body;
  std::string_view content_type = "application/json";
  std::string fields;  // further header lines, each ended by CRLF
  bool close = false;  // end the connection after this reply
};

// The error body of every refusal: {"error":{"code":"snake_case","message":"..."}}.
Response error_response(int status, std::string_view code, std::string_view message);

// The one place where an error becomes an HTTP status.
int status_of(base::Errc kind);
Response error_response(const base::Error& error);

std::string_view reason_phrase(int status);

// `text` as a JSON string, with its quotes.
std::string json_string(std::string_view text);

void append_number(std::string& out, std::int64_t number);

// What the connection adds to a response by itself.
struct Framing {
  bool keep_alive = true;
  bool head_only = false;   // the answer to HEAD: the length, but no body
  std::string_view date;    // IMF-fixdate
  std::string_view fields;  // header lines that hold for the whole exchange, such as CORS
};

void append_response(std::string& out, const Response& response, const Framing& framing);

}  // namespace rollcall::http

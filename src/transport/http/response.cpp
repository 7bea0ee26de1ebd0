#include "transport/http/response.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/string_view.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

namespace rollcall::http {

std::string json_string(std::string_view text) {
  return boost::json::serialize(boost::json::string_view(text.data(), text.size()));
}

Response error_response(int status, std::string_view code, std::string_view message) {
  Response response;
  response.status = status;
  response.body =
      fmt::format(R"({{"error":{{"code":"{}","message":{}}}}})", code, json_string(message));
  if (status == 429 || status == 503) response.fields = "Retry-After: 1\r\n";
  if (status == 401) response.fields = "WWW-Authenticate: Bearer\r\n";
  return response;
}

int status_of(base::Errc kind) {
  switch (kind) {
    case base::Errc::invalid_argument:
      return 400;
    case base::Errc::unauthenticated:
      return 401;
    case base::Errc::forbidden:
      return 403;
    case base::Errc::not_found:
      return 404;
    case base::Errc::too_large:
      return 413;
    case base::Errc::rate_limited:
      return 429;
    case base::Errc::overloaded:
    case base::Errc::unavailable:
    case base::Errc::timeout:
      return 503;
    case base::Errc::internal:
      return 500;
  }
  return 500;
}

Response error_response(const base::Error& error) {
  return error_response(status_of(error.kind), error.code, error.message);
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 101:
      return "Switching Protocols";
    case 200:
      return "OK";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 426:
      return "Upgrade Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    default:
      return status < 500 ? "Bad Request" : "Internal Server Error";
  }
}

void append_number(std::string& out, std::int64_t number) {
  const fmt::format_int digits(number);
  out.append(digits.data(), digits.size());
}

void append_response(std::string& out, const Response& response, const Framing& framing) {
  constexpr std::size_t kFixedLines = 160;
  const bool has_body = response.status != 204 && response.status >= 200;
  out.reserve(out.size() + kFixedLines + framing.fields.size() + response.fields.size() +
              response.body.size());
  out += "HTTP/1.1 ";
  append_number(out, response.status);
  out += ' ';
  out += reason_phrase(response.status);
  out += "\r\nDate: ";
  out += framing.date;
  out += "\r\n";
  if (has_body) {
    out += "Content-Type: ";
    out += response.content_type;
    out += "\r\nContent-Length: ";
    append_number(out, static_cast<std::int64_t>(response.body.size()));
    out += "\r\n";
  }
  if (!framing.keep_alive) out += "Connection: close\r\n";
  out += framing.fields;
  out += response.fields;
  out += "\r\n";
  if (has_body && !framing.head_only) out += response.body;
}

}  // namespace rollcall::http

#include "adapters/postgres/errors.hpp"

#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace rollcall::postgres {
namespace {

constexpr std::string_view kUndefinedTable = "42P01";
constexpr std::string_view kUndefinedColumn = "42703";
constexpr std::string_view kReadOnly = "25006";
constexpr std::string_view kQueryCanceled = "57014";

// Class 22, "data exception": its primary messages quote the value.
constexpr std::string_view kDataException = "22";

std::string_view field(const PGresult& result, int code) {
  const char* text = PQresultErrorField(&result, code);
  return text == nullptr ? std::string_view() : std::string_view(text);
}

// libpq writes a line for each address that it tried.
std::string on_one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    if (c == '\t') continue;
    if (c != '\n') {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += "; ";
    }
  }
  while (line.ends_with(' ') || line.ends_with(';')) line.pop_back();
  return line;
}

}  // namespace

base::Error unavailable(std::string message) {
  return {base::Errc::unavailable, "postgres_unavailable", "PostgreSQL: " + std::move(message)};
}

base::Error timed_out(base::Millis timeout) {
  return {base::Errc::timeout, "postgres_timeout",
          fmt::format("PostgreSQL did not answer within {} ms", timeout.count())};
}

base::Error error_of_any_table(const PGresult& result) {
  const std::string_view sqlstate = field(result, PG_DIAG_SQLSTATE);
  std::string_view message = field(result, PG_DIAG_MESSAGE_PRIMARY);
  if (sqlstate.starts_with(kDataException)) message = "a value is refused";
  if (message.empty()) message = "the connection was lost";
  base::Error error = unavailable(sqlstate.empty() ? std::string(message)
                                                   : fmt::format("{} ({})", message, sqlstate));
  if (sqlstate == kReadOnly) error.message += "; the URL must name the primary server";
  if (sqlstate == kQueryCanceled) {
    error.kind = base::Errc::timeout;
    error.code = "postgres_timeout";
  }
  return error;
}

base::Error error_of(const PGresult& result) {
  base::Error error = error_of_any_table(result);
  const std::string_view sqlstate = field(result, PG_DIAG_SQLSTATE);
  if (sqlstate == kUndefinedTable || sqlstate == kUndefinedColumn) {
    error.message += "; run `rollcall migrate`";
  }
  return error;
}

base::Error error_of(const PGconn& connection) {
  std::string message = on_one_line(PQerrorMessage(&connection));
  return unavailable(message.empty() ? "the connection was lost" : std::move(message));
}

}  // namespace rollcall::postgres

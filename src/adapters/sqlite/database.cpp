#include "adapters/sqlite/database.hpp"

#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace rollcall::sqlite {
namespace {

base::Error error_of(int code, std::string message) {
  const int kind = code & 0xff;  // the rest tells details
  if (kind == SQLITE_BUSY || kind == SQLITE_LOCKED) {
    return {base::Errc::unavailable, "journal_in_use", std::move(message)};
  }
  if (kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB) {
    return {base::Errc::unavailable, "journal_corrupt", std::move(message)};
  }
  return {base::Errc::unavailable, "journal_unusable", std::move(message)};
}

base::Error last_error(sqlite3* connection) {
  return error_of(sqlite3_extended_errcode(connection), sqlite3_errmsg(connection));
}

base::Result<Statement> no_row() {
  return error_of(SQLITE_ERROR, "a query gave no row");
}

// SQLite would open a file that it may not write for reading, and say nothing.
base::Status make_writable_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    return base::Error{base::Errc::unavailable, "journal_unusable",
                       std::system_category().message(errno)};
  }
  ::close(fd);
  return base::Done{};
}

}  // namespace

void Statement::bind(int parameter, std::string_view text) {
  sqlite3_bind_text(statement_.get(), parameter, text.data(), static_cast<int>(text.size()),
                    SQLITE_STATIC);
}

void Statement::bind(int parameter, std::int64_t number) {
  sqlite3_bind_int64(statement_.get(), parameter, number);
}

base::Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return last_error(sqlite3_db_handle(statement_.get()));
}

base::Status Statement::run() {
  auto stepped = step();
  reset();
  if (!stepped.ok()) return std::move(stepped).error();
  return base::Done{};
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
}

std::string_view Statement::text(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return {bytes, size};
}

std::int64_t Statement::number(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

base::Result<Database> Database::open(const std::string& path) {
  auto made = make_writable_file(path);
  if (!made.ok()) return std::move(made).error();
  sqlite3* connection = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &connection,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(connection);
  if (code != SQLITE_OK) return error_of(code, sqlite3_errstr(code));
  return database;
}

base::Status Database::run(const std::string& sql) {
  if (sqlite3_exec(connection_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return last_error(connection_.get());
  }
  return base::Done{};
}

base::Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(connection_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return last_error(connection_.get());
  return Statement(statement);
}

base::Result<Statement> Database::first_row(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement.ok()) return statement;
  auto stepped = statement.value().step();
  if (!stepped.ok()) return std::move(stepped).error();
  return stepped.value() ? std::move(statement) : no_row();
}

base::Result<std::int64_t> Database::number(std::string_view sql) {
  auto row = first_row(sql);
  if (!row.ok()) return std::move(row).error();
  return row.value().number(0);
}

base::Result<std::string> Database::text(std::string_view sql) {
  auto row = first_row(sql);
  if (!row.ok()) return std::move(row).error();
  return std::string(row.value().text(0));
}

}  // namespace rollcall::sqlite

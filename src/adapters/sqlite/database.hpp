#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <sqlite3.h>

namespace rollcall::sqlite {

// A prepared statement. It must not outlive its database.
class Statement {
 public:
  // Parameters count from 1. A bound text stays the caller's until the next reset().
  void bind(int parameter, std::string_view text);
  void bind(int parameter, std::int64_t number);

  // True when there is a row, false at the end.
  base::Result<bool> step();

  // For statements that give no row: runs to the end and is ready again, also after an error.
  base::Status run();
  void reset();

  // Of the row that step() came to; columns count from 0.
  std::string_view text(int column) const;
  std::int64_t number(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

// A connection for one thread at a time. Errors are `unavailable`, with one of these codes:
// journal_in_use, journal_corrupt, journal_unusable.
class Database {
 public:
  // Opens the file, or makes it, readable by its owner alone.
  static base::Result<Database> open(const std::string& path);

  // Runs statements of which no row is wanted.
  base::Status run(const std::string& sql);
  base::Result<Statement> prepare(std::string_view sql);

  // The first column of the first row.
  base::Result<std::int64_t> number(std::string_view sql);
  base::Result<std::string> text(std::string_view sql);

 private:
  struct Close {
    void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
  };
  explicit Database(sqlite3* connection) : connection_(connection) {}
  base::Result<Statement> first_row(std::string_view sql);

  std::unique_ptr<sqlite3, Close> connection_;
};

}  // namespace rollcall::sqlite

#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::postgres {

// A table as it stands, and what becomes of its updates.
struct TableState {
  std::string name;  // as it was asked about
  bool is_there = false;
  int fillfactor = 100;
  bool autovacuum_off = false;  // for this table
  bool is_unlogged = false;
  bool may_read = true;
  bool may_write = true;  // insert, update and delete
  std::int64_t live_rows = 0;
  std::int64_t dead_rows = 0;
  std::int64_t updates = 0;  // since the statistics began
  std::int64_t hot_updates = 0;
  std::int64_t triggers = 0;
  std::string time_indexes;            // that a new time has to change, comma-separated
  bool is_served_by_an_index = false;  // one begins with the time column
};

struct ServerState {
  std::string version;
  std::string user;
  bool is_replica = false;
  bool is_read_only = false;  // new transactions are
  bool autovacuum = true;
  std::optional<int> schema_version =
      0;                          // of rollcall's tables; 0: none; nothing: may not be read
  int newest_schema_version = 0;  // that this program knows
  std::int64_t connections = 0;
  std::int64_t max_connections = 0;
  base::Millis oldest_transaction{0};  // that holds back what vacuum may remove
  std::int64_t prepared_transactions = 0;
  base::Millis clock_ahead{0};  // of its clock, to this machine's
  base::Millis clock_doubt{0};  // either way
};

// A table, and the column whose time is written or compared; empty: none.
struct TableQuestion {
  std::string table;  // as people write it
  std::string time_column;
};

struct Inspection {
  ServerState server;
  std::vector<TableState> tables;  // in the order of the questions
};

// Looks at a database, and changes nothing. Blocks, for ten seconds a question at most. Errors:
// unavailable, timeout, invalid_argument ("invalid_postgres_url").
base::Result<Inspection> inspect(const std::string& url,
                                 const std::vector<TableQuestion>& questions);

// The tables that `rollcall migrate` makes, with the columns that beats write.
std::vector<TableQuestion> own_tables();

}  // namespace rollcall::postgres

#pragma once

#include "adapters/postgres/libpq.hpp"
#include "adapters/postgres/rows.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace rollcall::postgres {

// A connection for start-up, whose statements all end before one deadline, though the server
// hangs.
class BlockingSession {
 public:
  explicit BlockingSession(const std::string& url);

  bool is_open() const { return PQstatus(connection_.get()) == CONNECTION_OK; }
  const PGconn& connection() const { return *connection_; }

  // The rows of the last of the statements, or the first error.
  base::Result<Rows> run(const char* sql);
  // Of one statement.
  base::Result<Rows> run(const char* sql, const std::vector<std::string>& texts);

 private:
  static constexpr base::Millis kPatience = std::chrono::minutes(1);

  base::Result<Rows> outcome();
  bool wait_for_result();

  ConnectionPtr connection_;
  std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::now() + kPatience;
};

}  // namespace rollcall::postgres

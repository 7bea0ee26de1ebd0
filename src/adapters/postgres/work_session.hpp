#pragma once

#include "adapters/postgres/libpq.hpp"
#include "adapters/postgres/parameters.hpp"
#include "adapters/postgres/rows.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

#include <stop_token>
#include <string>
#include <string_view>

namespace rollcall::postgres {

// A connection for long work, used by one thread, whose calls block. A stop request cancels the
// statement under way; the call and all later ones end with `unavailable` ("stopped").
class WorkSession {
 public:
  // `purpose` shows in pg_stat_activity.application_name.
  WorkSession(std::string url, std::string purpose, std::stop_token stop);
  WorkSession(const WorkSession&) = delete;
  WorkSession& operator=(const WorkSession&) = delete;

  // Connects if it is not connected. What role or database set for timeouts does not hold in it:
  // each call has its own.
  base::Status open();
  bool is_open() const { return PQstatus(connection_.get()) == CONNECTION_OK; }
  void close() { connection_.reset(); }

  // One statement with binary parameters, or several without any; returns the rows of the last.
  // Past `patience` it is cancelled: `timeout`. An error leaves a transaction aborted: roll back.
  base::Result<Rows> run(const Query& query, base::Millis patience);

  // How many rows the latest statement inserted, updated or deleted.
  std::uint64_t affected() const { return affected_; }

  // Of the latest error; empty: it came from no server.
  std::string_view sqlstate() const { return sqlstate_; }

 private:
  base::Result<Rows> outcome(base::Millis patience);

  std::string url_;
  std::string purpose_;
  std::stop_token stop_;
  ConnectionPtr connection_;
  std::uint64_t affected_ = 0;
  std::string sqlstate_;
};

}  // namespace rollcall::postgres

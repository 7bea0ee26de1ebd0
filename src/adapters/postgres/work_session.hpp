#pragma once

#include "adapters/postgres/libpq.hpp"
#include "adapters/postgres/parameters.hpp"
#include "adapters/postgres/rows.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>

namespace rollcall::postgres {

// A connection for long work, used by one thread, whose calls block. A stop request cancels the
// statement under way; the call and all later ones end with `unavailable` ("stopped").
class WorkSession {
 public:
  static constexpr base::Millis kConnectPatience{10'000};
  static constexpr base::Millis kSetUpPatience{10'000};
  static constexpr base::Millis kCancelPatience{2'000};  // then the connection is given up

  // `purpose` shows in pg_stat_activity.application_name.
  WorkSession(std::string url, const std::string& purpose, std::stop_token stop);
  WorkSession(const WorkSession&) = delete;
  WorkSession& operator=(const WorkSession&) = delete;

  // Connects if it is not connected. What role or database set for timeouts does not hold in it:
  // each call has its own.
  base::Status open();
  bool is_open() const { return PQstatus(connection_.get()) == CONNECTION_OK; }
  void close() { connection_.reset(); }
  const PGconn& connection() const { return *connection_; }  // once open() was called

  // One statement with binary parameters, or several without any; returns the rows of the last.
  // Past `patience` it is cancelled: `timeout`. An error leaves a transaction aborted: roll back.
  base::Result<Rows> run(const Query& query, base::Millis patience);

  // How many rows the statements of the latest call inserted, updated or deleted; 0 after an
  // error.
  std::uint64_t affected() const { return affected_; }

  // Of the latest error; empty: it came from no server.
  std::string_view sqlstate() const { return sqlstate_; }

 private:
  using Deadline = std::chrono::steady_clock::time_point;
  enum class Woken { ready, late, stopped };

  // A descriptor that is readable once the run was told to stop.
  struct Bell {
    Bell();
    ~Bell();
    Bell(const Bell&) = delete;
    Bell& operator=(const Bell&) = delete;
    int descriptor;
  };
  struct Ring {
    void operator()() const;
    int descriptor;
  };

  base::Status connect();
  base::Status set_up();
  base::Status send(const Query& query);
  base::Result<Rows> outcome(base::Millis patience);
  Woken wait_for(short events, Deadline deadline, bool may_stop) const;
  Woken await_result(Deadline deadline, bool may_stop);
  base::Error interrupted(Woken why, base::Millis patience) const;
  bool cancel() const;
  void note(const PGresult& result);

  std::string url_;
  std::string application_;
  std::stop_token stop_;
  Bell bell_;
  std::stop_callback<Ring> on_stop_;
  ConnectionPtr connection_;
  std::uint64_t affected_ = 0;
  std::string sqlstate_;
};

}  // namespace rollcall::postgres

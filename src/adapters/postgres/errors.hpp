#pragma once

#include "adapters/postgres/libpq.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

#include <string>

namespace rollcall::postgres {

// What PostgreSQL says, as errors of rollcall: `unavailable` ("postgres_unavailable") with the
// primary message and the SQLSTATE, or `timeout` ("postgres_timeout"). Messages never hold
// parameters, DETAIL lines (they quote rows) or the password of the URL.

base::Error unavailable(std::string message);
base::Error timed_out(base::Millis timeout);

// Of a result that is an error. A missing table names the command that makes it, unless it may be
// another program's.
base::Error error_of(const PGresult& result);
base::Error error_of_any_table(const PGresult& result);

// Of a connection that failed.
base::Error error_of(const PGconn& connection);

}  // namespace rollcall::postgres

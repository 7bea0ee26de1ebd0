#pragma once

#include "adapters/postgres/libpq.hpp"
#include "adapters/postgres/parameters.hpp"

namespace rollcall::postgres {

// Hands a statement with its binary parameters to libpq; the rows come back as text. False: the
// connection tells why.
bool send_query(PGconn& connection, const Query& query);

}  // namespace rollcall::postgres

#include "app/doctor/postgres_judgement.hpp"

#include "app/doctor/clock_judgement.hpp"

#include <boost/algorithm/string/replace.hpp>
#include <fmt/format.h>

namespace rollcall::app {
namespace {

using postgres::ServerState;
using postgres::TableState;

constexpr base::Millis kOldTransaction = std::chrono::minutes(5);
constexpr double kNearlyFull = 0.9;
constexpr int kRoomyFillfactor = 90;
constexpr std::int64_t kManyUpdates = 10'000;  // before their kind says anything
constexpr double kFewHot = 0.5;                // of the updates
constexpr std::int64_t kManyDead = 10'000;     // before their share says anything
constexpr std::int64_t kManyRows = 100'000;    // that a run would read without an index

void judge_migrations(const ServerState& server, bool makes_tables, Findings& findings) {
  if (!server.schema_version) {
    return findings.problem(
        "tables", "the role may not read rollcall_schema, by which their version is known",
        fmt::format("GRANT SELECT ON rollcall_schema TO {}", server.user));
  }
  const int version = *server.schema_version;
  const int newest = server.newest_schema_version;
  if (version == newest) {
    findings.ok("tables", fmt::format("rollcall's tables are at version {}", version));
  } else if (version > newest) {
    findings.note("tables",
                  fmt::format("rollcall's tables are at version {}, which is newer than "
                              "this program's {}",
                              version, newest),
                  "use the newest of the programs to look");
  } else {
    const std::string what =
        version == 0 ? std::string("rollcall's tables are not there")
                     : fmt::format("rollcall's tables are at version {} of {}", version, newest);
    const std::string mend = "rollcall migrate --config FILE, by a role that may create tables";
    if (makes_tables) {
      findings.warning("tables", what + ": the next start makes them, if its role may", mend);
    } else {
      findings.problem("tables", what + ", and postgres.migrate is off", mend);
    }
  }
}

// PostgreSQL drops one at a time so.
std::string drops_of(const std::string& indexes) {
  constexpr const char* kDrop = "DROP INDEX CONCURRENTLY ";
  return kDrop + boost::algorithm::replace_all_copy(indexes, ", ", std::string("; ") + kDrop);
}

void judge_updates(const TableState& table, TableRole role, const std::string& time_column,
                   Findings& findings) {
  if (role == TableRole::retained) return;
  const std::string check = "table " + table.name;
  if (!table.time_indexes.empty()) {
    findings.warning(
        check,
        fmt::format("the index {} depends on {}, which every beat changes: no update can "
                    "be HOT, and a beat costs twice the log",
                    table.time_indexes, time_column),
        fmt::format("{}, unless queries of yours need it: neither counting nor "
                    "retention does",
                    drops_of(table.time_indexes)));
  }
  if (table.fillfactor > kRoomyFillfactor && role == TableRole::sessions) {
    findings.note(
        check,
        fmt::format("its fillfactor is {}: pages have little room for updates", table.fillfactor),
        fmt::format("ALTER TABLE {} SET (fillfactor = 50), then VACUUM FULL it in a "
                    "quiet hour",
                    table.name));
  }
  const auto hot = static_cast<double>(table.hot_updates);
  if (table.updates > kManyUpdates && hot < kFewHot * static_cast<double>(table.updates) &&
      table.time_indexes.empty()) {
    findings.warning(check,
                     fmt::format("only {:.0f} % of its updates were HOT",
                                 100 * hot / static_cast<double>(table.updates)),
                     fmt::format("ALTER TABLE {} SET (fillfactor = 50), and look for old "
                                 "transactions, which keep dead rows on the pages",
                                 table.name));
  }
  if (table.triggers > 0) {
    findings.note(check,
                  fmt::format("{} trigger(s) run for the rows that beats write", table.triggers));
  }
}

void judge_dead_rows(const TableState& table, Findings& findings) {
  const std::string check = "table " + table.name;
  if (table.autovacuum_off) {
    findings.warning(check, "autovacuum is off for this table",
                     fmt::format("ALTER TABLE {} RESET (autovacuum_enabled)", table.name));
  }
  if (table.dead_rows < kManyDead || table.dead_rows < table.live_rows) return;
  findings.warning(
      check, fmt::format("{} dead rows beside {} live ones", table.dead_rows, table.live_rows),
      fmt::format("VACUUM {}; if they stay, look for old transactions; to give the "
                  "space back: rollcall retention rebuild, or VACUUM FULL",
                  table.name));
}

std::string mend_of_absence(TableRole role) {
  switch (role) {
    case TableRole::own:
      return "rollcall migrate --config FILE";
    case TableRole::sessions:
      return "correct postgres.sessions_table, or leave it out";
    case TableRole::retained:
      return "correct the table of the [[retention]]";
  }
  return "";
}

}  // namespace

void judge(const ServerState& server, bool makes_tables, Findings& findings) {
  findings.ok("reachable",
              fmt::format("PostgreSQL {}, as the role {}", server.version, server.user));
  if (server.is_replica || server.is_read_only) {
    findings.problem(
        "role",
        server.is_replica ? "this PostgreSQL is a replica, which refuses writes"
                          : "transactions are read-only (default_transaction_read_only)",
        server.is_replica
            ? "put the primary into postgres.url, or add "
              "target_session_attrs=read-write to it"
            : fmt::format("ALTER ROLE {} SET default_transaction_read_only = off", server.user));
  }
  judge_migrations(server, makes_tables, findings);
  const auto used = static_cast<double>(server.connections);
  if (used > kNearlyFull * static_cast<double>(server.max_connections)) {
    findings.warning(
        "connections",
        fmt::format("{} of {} connections are in use", server.connections, server.max_connections),
        "raise max_connections, or put a pooler before the other programs; a node "
        "of rollcall needs one, and one more while retention runs");
  }
  judge_clock("PostgreSQL", server.clock_ahead, server.clock_doubt, findings);
  judge_upkeep(server, findings);
}

void judge_upkeep(const ServerState& server, Findings& findings) {
  if (server.autovacuum) {
    findings.ok("autovacuum", "autovacuum is on");
  } else {
    findings.warning("autovacuum", "autovacuum is off: beats and deletions leave dead rows behind",
                     "ALTER SYSTEM SET autovacuum = on, then SELECT pg_reload_conf()");
  }
  if (server.oldest_transaction >= kOldTransaction) {
    findings.warning(
        "transactions",
        fmt::format("a transaction has been open for {} min: what was deleted since stays",
                    std::chrono::floor<std::chrono::minutes>(server.oldest_transaction).count()),
        "find it in pg_stat_activity, by xact_start; set idle_in_transaction_session_timeout");
  }
  if (server.prepared_transactions > 0) {
    findings.warning("transactions",
                     fmt::format("{} prepared transaction(s) are older than 5 min: what was "
                                 "deleted since stays",
                                 server.prepared_transactions),
                     "COMMIT PREPARED or ROLLBACK PREPARED what pg_prepared_xacts lists");
  }
}

void judge(const TableState& table, TableRole role, const std::string& time_column,
           Findings& findings) {
  const std::string check = "table " + table.name;
  const std::size_t before = findings.all().size();
  if (!table.is_there) {
    return findings.problem(check, "it does not exist, or may not be seen", mend_of_absence(role));
  }
  if (role != TableRole::retained && !(table.may_read && table.may_write)) {
    findings.problem(check, "the role may not read and write it",
                     fmt::format("GRANT SELECT, INSERT, UPDATE, DELETE ON {} TO the role of "
                                 "postgres.url",
                                 table.name));
  }
  if (table.is_unlogged && role == TableRole::own) {
    findings.note(check, "it is unlogged: a crash of PostgreSQL empties it",
                  fmt::format("ALTER TABLE {} SET LOGGED, if that is not wanted", table.name));
  }
  judge_updates(table, role, time_column, findings);
  judge_dead_rows(table, findings);
  if (role == TableRole::retained && !time_column.empty() && !table.is_served_by_an_index &&
      table.live_rows > kManyRows) {
    findings.note(check,
                  fmt::format("no index begins with {}: every run reads the whole table, some {} "
                              "rows",
                              time_column, table.live_rows),
                  "nothing, if that is quick enough; an index that updates of the column would "
                  "have to change costs more than it saves");
  }
  if (findings.all().size() == before) findings.ok(check, "its shape is right");
}

}  // namespace rollcall::app

#include "adapters/postgres/migrations.hpp"

#include "adapters/postgres/rows.hpp"
#include "adapters/postgres/work_session.hpp"

#include <array>
#include <chrono>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace rollcall::postgres {
namespace {

constexpr int kOldestServer = 140000;
constexpr std::string_view kInsufficientPrivilege = "42501";
constexpr base::Millis kPatience = std::chrono::minutes(1);

struct Migration {
  int version;
  std::string_view summary;
  const char* sql;
};

// Never changed once released; new ones are appended.
//
// rollcall_members has no index on last_seen, and room on each page: an update then stays on its
// page and touches no index (HOT), which is what makes beats cheap. live_since stands before
// last_seen because the log holds an update from its first changed column on.
constexpr std::array kMigrations{
    Migration{1, "tables rollcall_rosters and rollcall_members", R"sql(
CREATE TABLE rollcall_rosters (
  roster text COLLATE "C" PRIMARY KEY,
  reset_at timestamptz NOT NULL
);
CREATE TABLE rollcall_members (
  roster text COLLATE "C" NOT NULL,
  member text COLLATE "C" NOT NULL,
  live_since timestamptz NOT NULL,
  last_seen timestamptz NOT NULL,
  left_at timestamptz,
  PRIMARY KEY (roster, member)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_cost_delay = 0);
)sql"},
    Migration{2, "table rollcall_outages", R"sql(
CREATE TABLE rollcall_outages (
  roster text COLLATE "C" NOT NULL,
  place text COLLATE "C" NOT NULL,
  away boolean NOT NULL,
  seeded boolean NOT NULL,
  until timestamptz NOT NULL,
  PRIMARY KEY (roster, place)
) WITH (fillfactor = 50);
)sql"},
};

base::Status check_server(const PGconn& connection) {
  const int version = PQserverVersion(&connection);
  if (version < kOldestServer) {
    return base::Error{base::Errc::invalid_argument, "postgres_too_old",
                       fmt::format("PostgreSQL {} is too old: rollcall needs 14 or later",
                                   PQparameterStatus(&connection, "server_version"))};
  }
  const char* encoding = PQparameterStatus(&connection, "server_encoding");
  if (encoding == nullptr || std::strcmp(encoding, "UTF8") != 0) {
    return base::Error{
        base::Errc::invalid_argument, "postgres_encoding",
        fmt::format("the database is encoded in {}: rollcall needs UTF8 (CREATE DATABASE ... "
                    "ENCODING 'UTF8' TEMPLATE template0)",
                    encoding == nullptr ? "an unknown way" : encoding)};
  }
  return base::Done{};
}

// Reads the catalogue itself: to_regclass() would go on believing that the table is missing after
// another process made it, while this one waited for the lock.
base::Result<int> installed_version(WorkSession& session) {
  const auto table =
      session.run({"SELECT EXISTS (SELECT FROM pg_class WHERE relname = 'rollcall_schema'"
                   " AND relkind = 'r' AND pg_table_is_visible(oid))",
                   {}},
                  kPatience);
  if (!table.ok()) return table.error();
  if (!table.value().flag(0, 0)) return 0;
  const auto version =
      session.run({"SELECT coalesce(max(version), 0) FROM rollcall_schema", {}}, kPatience);
  if (!version.ok()) return version.error();
  return static_cast<int>(version.value().integer(0, 0));
}

base::Error explained(base::Error error) {
  if (error.message.find(kInsufficientPrivilege) == std::string::npos) return error;
  return {base::Errc::forbidden, "postgres_forbidden",
          error.message +
              ": run `rollcall migrate` with a role that may create tables, or GRANT "
              "CREATE ON SCHEMA to this one"};
}

base::Result<MigrationReport> apply_missing(WorkSession& session) {
  // The key is "rollcall" in ASCII. The lock ends with the transaction, also behind a pooler.
  const auto locked = session.run(
      {"BEGIN; SET LOCAL lock_timeout = '30s'; SELECT pg_advisory_xact_lock(8245928655720965228)",
       {}},
      kPatience);
  if (!locked.ok()) return locked.error();
  const auto found = installed_version(session);
  if (!found.ok()) return found.error();
  MigrationReport report{found.value(), found.value(), {}};
  if (report.from == 0) {
    const auto made =
        session.run({"CREATE TABLE IF NOT EXISTS rollcall_schema"
                     " (version int PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())",
                     {}},
                    kPatience);
    if (!made.ok()) return explained(made.error());
  }
  for (const Migration& migration : kMigrations) {
    if (migration.version <= report.from) continue;
    const std::string sql = fmt::format("{}; INSERT INTO rollcall_schema (version) VALUES ({})",
                                        migration.sql, migration.version);
    const auto applied = session.run({sql, {}}, kPatience);
    if (!applied.ok()) return explained(applied.error());
    report.to = migration.version;
    report.applied.push_back(migration.summary);
  }
  const auto committed = session.run({"COMMIT", {}}, kPatience);
  if (!committed.ok()) return committed.error();
  return report;
}

}  // namespace

base::Result<MigrationReport> migrate(const std::string& url) {
  WorkSession session(url, "migrate", {});
  base::Status ready = session.open();
  if (ready.ok()) ready = check_server(session.connection());
  if (!ready.ok()) return std::move(ready).error();
  const auto found = installed_version(session);
  if (!found.ok()) return explained(found.error());
  if (found.value() >= kMigrations.back().version) {
    return MigrationReport{found.value(), found.value(), {}};
  }
  return apply_missing(session);
}

int newest_schema_version() {
  return kMigrations.back().version;
}

}  // namespace rollcall::postgres

#include "adapters/postgres/inspection.hpp"

#include "adapters/postgres/migrations.hpp"
#include "adapters/postgres/table_name.hpp"
#include "adapters/postgres/url.hpp"
#include "adapters/postgres/work_session.hpp"

#include <utility>

namespace rollcall::postgres {
namespace {

constexpr base::Millis kPatience{10'000};

// What a role or a database defaults to is the reset value: this session has its own. A role sees
// the transactions of others only as a member of pg_read_all_stats.
constexpr const char* kServer = R"sql(
SELECT current_setting('server_version'), quote_ident(current_user), pg_is_in_recovery(),
  (SELECT reset_val::boolean FROM pg_settings WHERE name = 'default_transaction_read_only'),
  current_setting('autovacuum')::boolean,
  (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
  current_setting('max_connections')::int8,
  (SELECT coalesce(extract(epoch FROM max(clock_timestamp() - xact_start)) * 1000, 0)::int8
   FROM pg_stat_activity
   WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'
     AND (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL
          OR state LIKE 'idle in transaction%')),
  (SELECT count(*) FROM pg_prepared_xacts WHERE prepared < now() - interval '5 minutes'),
  EXISTS (SELECT FROM pg_class WHERE relname = 'rollcall_schema' AND relkind = 'r'
          AND pg_table_is_visible(oid))
)sql";

constexpr const char* kClock = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::int8";

// An index depends on a column that its predicate or expressions name, as well as on its keys
// (which those of a constraint do not). Since PostgreSQL 16 a BRIN index keeps no update from
// being HOT.
constexpr const char* kTable = R"sql(
SELECT
  coalesce((SELECT option_value::int FROM pg_options_to_table(c.reloptions)
            WHERE option_name = 'fillfactor'), 100),
  coalesce((SELECT NOT option_value::boolean FROM pg_options_to_table(c.reloptions)
            WHERE option_name = 'autovacuum_enabled'), false),
  c.relpersistence = 'u',
  has_table_privilege(c.oid, 'SELECT'),
  has_table_privilege(c.oid, 'INSERT') AND has_table_privilege(c.oid, 'UPDATE')
    AND has_table_privilege(c.oid, 'DELETE'),
  coalesce(s.n_live_tup, 0), coalesce(s.n_dead_tup, 0),
  coalesce(s.n_tup_upd, 0), coalesce(s.n_tup_hot_upd, 0),
  (SELECT count(*) FROM pg_trigger
   WHERE tgrelid = c.oid AND NOT tgisinternal AND tgenabled <> 'D'),
  (SELECT string_agg(x.indexrelid::regclass::text, ', ' ORDER BY x.indexrelid)
   FROM pg_index AS x
   JOIN pg_class AS i ON i.oid = x.indexrelid
   JOIN pg_am AS m ON m.oid = i.relam
   WHERE x.indrelid = c.oid
     AND (m.amname <> 'brin' OR current_setting('server_version_num')::int < 160000)
     AND (a.attnum = ANY (x.indkey)
          OR EXISTS (SELECT FROM pg_depend
                     WHERE classid = 'pg_class'::regclass AND objid = x.indexrelid
                       AND refclassid = 'pg_class'::regclass AND refobjid = c.oid
                       AND refobjsubid = a.attnum))),
  EXISTS (SELECT FROM pg_index AS x
          WHERE x.indrelid = c.oid AND x.indisvalid AND a.attnum = x.indkey[0])
FROM pg_class AS c
LEFT JOIN pg_stat_all_tables AS s ON s.relid = c.oid
LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = $2 AND NOT a.attisdropped
WHERE c.oid = to_regclass($1)
)sql";

ServerState read_server(const Rows& row) {
  ServerState server;
  server.version = row.text(0, 0);
  server.user = row.text(0, 1);
  server.is_replica = row.flag(0, 2);
  server.is_read_only = row.flag(0, 3);
  server.autovacuum = row.flag(0, 4);
  server.connections = row.integer(0, 5);
  server.max_connections = row.integer(0, 6);
  server.oldest_transaction = base::Millis(row.integer(0, 7));
  server.prepared_transactions = row.integer(0, 8);
  server.newest_schema_version = newest_schema_version();
  return server;
}

base::Status read_clock(WorkSession& session, ServerState& server) {
  const base::SystemClock clock;
  const base::WallTime before = clock.now();
  const auto told = session.run({kClock, {}}, kPatience);
  if (!told.ok()) return told.error();
  const base::Millis round_trip = clock.now() - before;
  const base::WallTime theirs{base::Millis(told.value().integer(0, 0))};
  server.clock_ahead = theirs - (before + round_trip / 2);
  server.clock_doubt = round_trip / 2 + base::Millis(1);
  return base::Done{};
}

base::Result<ServerState> ask_server(WorkSession& session) {
  const auto row = session.run({kServer, {}}, kPatience);
  if (!row.ok()) return row.error();
  ServerState server = read_server(row.value());
  if (row.value().flag(0, 9)) {
    const auto version =
        session.run({"SELECT coalesce(max(version), 0) FROM rollcall_schema", {}}, kPatience);
    server.schema_version.reset();
    if (version.ok()) server.schema_version = static_cast<int>(version.value().integer(0, 0));
  }
  base::Status read = read_clock(session, server);
  if (!read.ok()) return std::move(read).error();
  return server;
}

base::Result<TableState> ask_table(WorkSession& session, const TableQuestion& question) {
  TableState state;
  state.name = question.table;
  const auto name = quoted_table(question.table);
  if (!name.ok()) return state;  // what is no name is no table
  const auto rows =
      session.run({kTable, {text(name.value()), text(question.time_column)}}, kPatience);
  if (!rows.ok()) return rows.error();
  const Rows& row = rows.value();
  if (row.size() == 0) return state;
  state.is_there = true;
  state.fillfactor = static_cast<int>(row.integer(0, 0));
  state.autovacuum_off = row.flag(0, 1);
  state.is_unlogged = row.flag(0, 2);
  state.may_read = row.flag(0, 3);
  state.may_write = row.flag(0, 4);
  state.live_rows = row.integer(0, 5);
  state.dead_rows = row.integer(0, 6);
  state.updates = row.integer(0, 7);
  state.hot_updates = row.integer(0, 8);
  state.triggers = row.integer(0, 9);
  state.time_indexes = row.text(0, 10);
  state.is_served_by_an_index = row.flag(0, 11);
  return state;
}

}  // namespace

base::Result<Inspection> inspect(const std::string& url,
                                 const std::vector<TableQuestion>& questions) {
  base::Status checked = check_url(url);
  if (!checked.ok()) return std::move(checked).error();
  WorkSession session(url, "doctor", {});
  base::Status opened = session.open();
  if (!opened.ok()) return std::move(opened).error();
  auto server = ask_server(session);
  if (!server.ok()) return std::move(server).error();
  Inspection inspection{std::move(server).value(), {}};
  for (const TableQuestion& question : questions) {
    auto table = ask_table(session, question);
    if (!table.ok()) return std::move(table).error();
    inspection.tables.push_back(std::move(table).value());
  }
  return inspection;
}

std::vector<TableQuestion> own_tables() {
  return {{"rollcall_members", "last_seen"},
          {"rollcall_rosters", "reset_at"},
          {"rollcall_outages", "until"}};
}

}  // namespace rollcall::postgres

#include "adapters/postgres/policy_sql.hpp"

#include "adapters/postgres/policy_columns.hpp"
#include "adapters/postgres/quoting.hpp"
#include "adapters/postgres/table_name.hpp"

#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace rollcall::postgres {
namespace {

constexpr int kOldestServer = 140000;  // that reads ranges of blocks
constexpr std::string_view kDataException = "22";

// Names are compared as they are: to_regclass() would refuse a schema that may not be used. The
// table is the one that search_path shows, unless a schema is named.
constexpr const char* kTable = R"sql(
WITH name AS (SELECT parse_ident($1) AS parts)
SELECT c.oid::int8, format('%I.%I', n.nspname, c.relname), c.relkind,
  CASE WHEN c.relpersistence = 't' THEN 'is a temporary table, which ends with its session'
    WHEN n.nspname IN ('pg_catalog', 'information_schema', 'pg_toast')
      THEN 'is a table of the server''s own' END,
  EXISTS (SELECT FROM pg_inherits WHERE inhparent = c.oid),
  (SELECT min(rulename) FROM pg_rewrite WHERE ev_class = c.oid AND ev_type = '4'),
  has_schema_privilege(n.oid, 'USAGE'),
  has_table_privilege(c.oid, 'SELECT'), has_table_privilege(c.oid, 'DELETE'),
  has_any_column_privilege(c.oid, 'UPDATE'), row_security_active(c.oid),
  pg_is_in_recovery(), quote_ident(current_user), quote_ident(n.nspname)
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace, name
WHERE c.relname = parts[cardinality(parts)]
  AND CASE cardinality(parts)
    WHEN 2 THEN n.nspname = parts[1]
    ELSE n.nspname = ANY (current_schemas(true)) END
ORDER BY array_position(current_schemas(true), n.nspname)
LIMIT 1
)sql";

constexpr const char* kNearTables = R"sql(
SELECT string_agg(format('%I.%I', nspname, relname), ' or ')
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE relkind IN ('r', 'p') AND NOT starts_with(nspname, 'pg_')
  AND lower(replace(relname, '_', ''))
    = lower(replace((parse_ident($1))[cardinality(parse_ident($1))], '_', ''))
)sql";

// What is wrong with a policy, for people.
class Complaints {
 public:
  explicit Complaints(const std::string& policy) : start_("retention." + policy + ": ") {}

  void add(std::string_view what) {
    if (!text_.empty()) text_ += '\n';
    text_.append(start_).append(what);
  }
  void add_if(bool is_wrong, std::string_view what) {
    if (is_wrong) add(what);
  }
  bool empty() const { return text_.empty(); }
  base::Error error() const { return {base::Errc::invalid_argument, "retention_table", text_}; }

 private:
  std::string start_;
  std::string text_;
};

std::string_view kind_of(char relkind) {
  switch (relkind) {
    case 'v':
      return "is a view: name the table behind it";
    case 'm':
      return "is a materialized view: name the table behind it";
    case 'p':
      return "is partitioned: name its partitions, each in a policy of its own";
    case 'f':
      return "is a foreign table: give the url of the database that holds it";
    case 'S':
      return "is a sequence: name a table";
    case 'i':
    case 'I':
      return "is an index: name its table";
    default:
      return "is no plain table";
  }
}

// A time without zone is compared twice. The first comparison can use an index, and holds whenever
// the second does: a clock that is set back shows some times twice, of which PostgreSQL means the
// later one, and one that is set forward leaves some out, which it reads as later still.
PolicySql::Clause clause_sql(const core::RetentionPolicy& policy, core::RetentionClause clause,
                             std::string_view type) {
  const std::string column = quoted_identifier(core::time_column(policy, clause));
  const auto age_ms = core::due_after(policy, clause).count();
  const std::string limit =
      age_ms == 0 ? "now()" : fmt::format("(now() - interval '{} milliseconds')", age_ms);
  PolicySql::Clause sql{clause, column, std::string(type), "t." + column, {}, {}};
  if (type == "timestamptz") {
    sql.range = fmt::format("t.{} < {}", column, limit);
    sql.due = sql.range;
  } else {
    const std::string zone = quoted_literal(policy.time_zone);
    sql.moment = fmt::format("t.{} AT TIME ZONE {}", column, zone);
    sql.range = fmt::format("t.{} < {} AT TIME ZONE {}", column, limit, zone);
    sql.due = sql.range;
    if (policy.time_zone != "UTC") {
      sql.due += fmt::format(" AND {} < {}", sql.moment, limit);
    }
  }
  if (clause == core::RetentionClause::anonymous) {
    sql.due = fmt::format("t.{} IS NULL AND {}", quoted_identifier(policy.user_id), sql.due);
  }
  return sql;
}

void judge_table(const Rows& rows, const core::RetentionPolicy& policy, Complaints& complaints) {
  const std::string_view name = rows.text(0, 1);
  const std::string_view role = rows.text(0, 12);
  complaints.add_if(rows.flag(0, 4), fmt::format("{} has tables that inherit from it", name));
  complaints.add_if(!rows.is_null(0, 5),
                    fmt::format("{} has the rule {} on DELETE, which may do anything else: drop "
                                "it",
                                name, rows.text(0, 5)));
  const auto may_not = [&](int column, std::string_view what, std::string_view grant) {
    complaints.add_if(!rows.flag(0, column), fmt::format("the role {0} may not {1}: GRANT {2} TO "
                                                         "{0}",
                                                         role, what, grant));
  };
  may_not(6, fmt::format("use the schema of {}", name),
          fmt::format("USAGE ON SCHEMA {}", rows.text(0, 13)));
  may_not(7, fmt::format("read {}", name), fmt::format("SELECT ON {}", name));
  may_not(8, fmt::format("delete from {}", name), fmt::format("DELETE ON {}", name));
  may_not(9, fmt::format("lock rows of {}", name),
          fmt::format("UPDATE ({}) ON {}", quoted_identifier(policy.id), name));
  complaints.add_if(rows.flag(0, 10),
                    fmt::format("{} has row security, which hides rows from the role {}: use the "
                                "table's owner, or ALTER ROLE {} BYPASSRLS",
                                name, role, role));
  complaints.add_if(rows.flag(0, 11), "url must name the primary: this server is a replica");
}

// Whether the server knows it.
base::Status judge_zone(WorkSession& session, const core::RetentionPolicy& policy,
                        Complaints& complaints) {
  const auto known =
      session.run({"SELECT now() AT TIME ZONE $1", {text(policy.time_zone)}}, kCataloguePatience);
  if (known.ok()) return base::Done{};
  if (!session.sqlstate().starts_with(kDataException)) return known.error();
  complaints.add("time_zone: the server knows no zone " + policy.time_zone);
  return base::Done{};
}

base::Error not_found(WorkSession& session, const std::string& quoted,
                      const core::RetentionPolicy& policy) {
  const auto near = session.run({kNearTables, {text(quoted)}}, kCataloguePatience);
  if (!near.ok()) return near.error();
  Complaints complaints(policy.name);
  const std::string missing = "there is no table " + policy.table;
  complaints.add(near.value().is_null(0, 0)
                     ? missing + " in the database that url names"
                     : fmt::format("{}; did you mean {}?", missing, near.value().text(0, 0)));
  return complaints.error();
}

base::Result<bool> claim(WorkSession& session, const char* sql, const PolicySql& table) {
  const auto rows = session.run({sql, {int8(kClaimClass << 32 | table.oid)}}, kCataloguePatience);
  if (!rows.ok()) return rows.error();
  return rows.value().flag(0, 0);
}

}  // namespace

base::Result<PolicySql> read_policy(WorkSession& session, const core::RetentionPolicy& policy) {
  Complaints complaints(policy.name);
  const auto quoted = quoted_table(policy.table);
  if (!quoted.ok()) {
    complaints.add(policy.table + " " + quoted.error().message);
    return complaints.error();
  }
  if (PQserverVersion(&session.connection()) < kOldestServer) {
    complaints.add("PostgreSQL 14 or later is needed");
    return complaints.error();
  }
  const auto found = session.run({kTable, {text(quoted.value())}}, kCataloguePatience);
  if (!found.ok()) return found.error();
  const Rows& table = found.value();
  if (table.size() == 0) return not_found(session, quoted.value(), policy);
  const std::string name(table.text(0, 1));
  const char kind = table.text(0, 2).front();
  if (kind != 'r' || !table.is_null(0, 3)) {
    complaints.add(fmt::format("{} {}", name, kind == 'r' ? table.text(0, 3) : kind_of(kind)));
    return complaints.error();
  }
  PolicySql sql;
  sql.table = name;
  sql.oid = static_cast<std::uint32_t>(table.integer(0, 0));
  if (!policy.user_id.empty()) sql.user_id = quoted_identifier(policy.user_id);
  judge_table(table, policy, complaints);
  const auto columns = PolicyColumns::read(session, sql.oid);
  if (!columns.ok()) return columns.error();
  for (const std::string& complaint : columns.value().complaints(policy)) {
    complaints.add(fmt::format("{} {}", name, complaint));
  }
  const base::Status zone = judge_zone(session, policy, complaints);
  if (!zone.ok()) return zone.error();
  if (!complaints.empty()) return complaints.error();
  for (const core::RetentionClause clause : core::clauses_of(policy)) {
    const std::string& column = core::time_column(policy, clause);
    sql.clauses.push_back(clause_sql(policy, clause, columns.value().time_type(column)));
    if (!sql.due.empty()) sql.due += " OR ";
    sql.due += '(' + sql.clauses.back().due + ')';
  }
  return sql;
}

base::Result<bool> claim_shared(WorkSession& session, const PolicySql& sql) {
  return claim(session, "SELECT pg_try_advisory_lock_shared($1)", sql);
}

base::Result<bool> claim_alone(WorkSession& session, const PolicySql& sql) {
  return claim(session, "SELECT pg_try_advisory_lock($1)", sql);
}

}  // namespace rollcall::postgres

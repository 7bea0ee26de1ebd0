#include "adapters/postgres/policy_columns.hpp"
#include "adapters/postgres/rebuild_check.hpp"

#include <fmt/format.h>

namespace rollcall::postgres {
namespace {

// Each row: whether it is a refusal, and the text. (tgtype: 4 is INSERT, 32 TRUNCATE.)
constexpr const char* kObjections = R"sql(
WITH t AS (
  SELECT c.oid AS id, relowner, relnamespace, nspname, relname,
    format('%I.%I', nspname, relname) AS name, quote_ident(nspname) AS schema,
    quote_ident(current_user) AS role, quote_ident(pg_get_userbyid(relowner)) AS owner
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace WHERE c.oid = $1::oid),
publication AS (
  SELECT pubname, pubinsert AND pubtruncate AS is_whole
  FROM t JOIN pg_publication_tables ON schemaname = nspname AND tablename = relname
    JOIN pg_publication USING (pubname))
SELECT true, format('the role %s does not own %s: run as %s, or GRANT %s TO %s',
  role, name, owner, owner, role)
FROM t WHERE NOT pg_has_role(relowner, 'USAGE')
UNION ALL
SELECT true, format('the role %s may not create a table beside %s: '
  'GRANT CREATE ON SCHEMA %s TO %s', role, name, schema, role)
FROM t WHERE NOT has_schema_privilege(relnamespace, 'CREATE')
UNION ALL
SELECT true, format('%s refers to it by the foreign key %I, so that it cannot be truncated: '
  'use `rollcall retention run`, and VACUUM', conrelid::regclass, conname)
FROM t JOIN pg_constraint ON contype = 'f' AND confrelid = id AND conrelid <> id
UNION ALL
SELECT true, format('the publication %I does not publish both insert and truncate, so that its '
  'subscribers would keep other rows: ALTER PUBLICATION %I SET (publish = ''insert, update, '
  'delete, truncate'')', pubname, pubname)
FROM publication WHERE NOT is_whole
UNION ALL
SELECT true, format('row security hides rows of %s from the role %s: use a role with BYPASSRLS',
  name, role)
FROM t WHERE row_security_active(id)
UNION ALL
SELECT true, format('the rule %I may do anything with rows that are put back: drop it', rulename)
FROM t JOIN pg_rewrite ON ev_class = id
UNION ALL
SELECT true, format('%s is a part of %s: drop or detach what is too old there',
  name, inhparent::regclass)
FROM t JOIN pg_inherits ON inhrelid = id
UNION ALL
SELECT true, format('%s has tables that inherit from it', name)
FROM t WHERE EXISTS (SELECT FROM pg_inherits WHERE inhparent = id)
UNION ALL
SELECT true, format('the constraint %I is NOT VALID, and rows that are put back would be held '
  'against it: ALTER TABLE %s VALIDATE CONSTRAINT %I', conname, name, conname)
FROM t JOIN pg_constraint ON conrelid = id AND NOT convalidated
UNION ALL
SELECT true, format('the index %s is not valid: REINDEX or drop it', indexrelid::regclass)
FROM t JOIN pg_index ON indrelid = id AND NOT (indisvalid AND indisready)
UNION ALL
SELECT false, format('the publication %I sends its subscribers a TRUNCATE, and all rows that '
  'survive anew', pubname)
FROM publication WHERE is_whole
UNION ALL
SELECT false, format('the trigger %I does not fire for rows that are put back', tgname)
FROM t JOIN pg_trigger ON tgrelid = id AND NOT tgisinternal AND tgenabled <> 'D'
  AND tgtype & 36 <> 0 AND NOT starts_with(tgname, 'rollcall_rebuild_' || id || '_')
)sql";

}  // namespace

base::Result<RebuildObjections> read_objections(WorkSession& session, const RebuildShape& shape) {
  const auto rows = session.run({kObjections, {int8(shape.oid)}}, kCataloguePatience);
  if (!rows.ok()) return rows.error();
  RebuildObjections objections;
  for (std::size_t row = 0; row < rows.value().size(); ++row) {
    auto& list = rows.value().flag(row, 0) ? objections.refusals : objections.notes;
    list.emplace_back(rows.value().text(row, 1));
  }
  if (shape.keeps_due) {
    objections.notes.emplace_back(
        "rows that are due stay, for triggers on DELETE or foreign keys within the table must see "
        "them go: use `rollcall retention run` for them");
  }
  objections.notes.emplace_back(
      "transactions with a snapshot from before the end find the table empty, as after TRUNCATE");
  return objections;
}

}  // namespace rollcall::postgres

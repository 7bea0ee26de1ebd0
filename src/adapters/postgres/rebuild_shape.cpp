#include "adapters/postgres/rebuild_shape.hpp"

#include "adapters/postgres/policy_columns.hpp"

#include <fmt/format.h>

namespace rollcall::postgres {
namespace {

// Triggers on DELETE must see what goes; rows that point to others of the table are told by its
// foreign key. (tgtype: 8 is DELETE.)
constexpr const char* kTable = R"sql(
SELECT format('%I.%I', nspname, relname), quote_ident(nspname),
  EXISTS (
    SELECT FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal AND tgenabled IN ('O', 'A')
      AND tgtype & 8 <> 0 AND NOT starts_with(tgname, 'rollcall_rebuild_' || c.oid || '_'))
  OR EXISTS (
    SELECT FROM pg_constraint WHERE contype = 'f' AND conrelid = c.oid AND confrelid = c.oid)
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
WHERE c.oid = $1::oid
)sql";

constexpr const char* kColumns = R"sql(
WITH key AS (
  SELECT attnum, format('OPERATOR(%I.%s)', nspname, oprname) AS equals
  FROM pg_index AS i,
    unnest(i.indkey::int2[], i.indclass::oid[]) WITH ORDINALITY AS k (attnum, class, position)
    JOIN pg_opclass AS c ON c.oid = class
    JOIN pg_amop ON amopfamily = opcfamily AND amoplefttype = opcintype
      AND amoprighttype = opcintype AND amopstrategy = 3
    JOIN pg_operator AS o ON o.oid = amopopr
    JOIN pg_namespace AS n ON n.oid = oprnamespace
  WHERE indrelid = $1::oid AND indisprimary AND position <= indnkeyatts)
SELECT quote_ident(attname), format('%s %s %s', atttypid, atttypmod, attcollation),
  (WITH RECURSIVE base AS (
     SELECT oid, typtype, typbasetype FROM pg_type WHERE oid = atttypid
     UNION ALL
     SELECT t.oid, t.typtype, t.typbasetype FROM base JOIN pg_type AS t ON t.oid = base.typbasetype
     WHERE base.typtype = 'd')
   SELECT format_type(oid, -1) FROM base WHERE typtype <> 'd'),
  coalesce(equals, ''), attgenerated <> ''
FROM pg_attribute AS a LEFT JOIN key USING (attnum)
WHERE attrelid = $1::oid AND attnum > 0 AND NOT attisdropped
ORDER BY attnum
)sql";

void append(std::string& list, std::string_view separator, const std::string& part) {
  if (!list.empty()) list.append(separator);
  list += part;
}

}  // namespace

std::string RebuildShape::own_name(std::string_view part) const {
  return fmt::format("rollcall_rebuild_{}_{}", oid, part);
}

std::string RebuildShape::all_columns(std::string_view row) const {
  std::string list;
  for (const Column& column : columns) append(list, ", ", std::string(row) + column.name);
  return list;
}

std::string RebuildShape::written_columns() const {
  std::string list;
  for (const Column& column : columns) {
    if (!column.is_generated) append(list, ", ", column.name);
  }
  return list;
}

std::string RebuildShape::key_columns(std::string_view row) const {
  std::string list;
  for (const Column& column : columns) {
    if (!column.equals.empty()) append(list, ", ", std::string(row) + column.name);
  }
  return list;
}

std::string RebuildShape::nullable_key() const {
  std::string list;
  for (const Column& column : columns) {
    if (column.equals.empty()) continue;
    append(list, ", ", fmt::format("{0}::{1} AS {0}", column.name, column.base));
  }
  return list;
}

std::string RebuildShape::same_key(std::string_view left, std::string_view right) const {
  std::string condition;
  for (const Column& column : columns) {
    if (column.equals.empty()) continue;
    append(condition, " AND ",
           fmt::format("{}.{} {} {}.{}", left, column.name, column.equals, right, column.name));
  }
  return condition;
}

base::Result<RebuildShape> read_shape(WorkSession& session, const PolicySql& sql) {
  const auto table = session.run({kTable, {int8(sql.oid)}}, kCataloguePatience);
  if (!table.ok()) return table.error();
  const auto columns = session.run({kColumns, {int8(sql.oid)}}, kCataloguePatience);
  if (!columns.ok()) return columns.error();
  if (table.value().size() == 0) return table_changed(sql.table, "it is gone");
  RebuildShape shape;
  shape.oid = sql.oid;
  shape.table = table.value().text(0, 0);
  shape.schema = table.value().text(0, 1);
  shape.keeps_due = table.value().flag(0, 2);
  const Rows& rows = columns.value();
  for (std::size_t row = 0; row < rows.size(); ++row) {
    shape.columns.push_back({std::string(rows.text(row, 0)), std::string(rows.text(row, 1)),
                             std::string(rows.text(row, 2)), std::string(rows.text(row, 3)),
                             rows.flag(row, 4)});
  }
  if (shape.key_columns().empty()) return table_changed(sql.table, "it has no primary key");
  return shape;
}

base::Error table_changed(const std::string& table, std::string_view what) {
  return {base::Errc::unavailable, "rebuild_changed",
          fmt::format("the definition of {} was changed meanwhile: {}", table, what)};
}

}  // namespace rollcall::postgres

#include "adapters/postgres/rebuild_copy.hpp"

#include "adapters/postgres/policy_columns.hpp"
#include "adapters/postgres/rebuild_check.hpp"
#include "adapters/postgres/rebuild_lock.hpp"

#include <fmt/format.h>

namespace rollcall::postgres {
namespace {

// A row without a key says that all rows went.
constexpr const char* kNote = R"sql(
BEGIN
  IF TG_OP IN ('UPDATE', 'DELETE') THEN
    INSERT INTO {log} ({keys}) VALUES ({old_keys});
  END IF;
  IF TG_OP IN ('UPDATE', 'INSERT') THEN
    INSERT INTO {log} ({keys}) VALUES ({new_keys});
  END IF;
  IF TG_OP = 'TRUNCATE' THEN
    INSERT INTO {log} DEFAULT VALUES;
  END IF;
  RETURN NULL;
END
)sql";

// Anyone who writes to the table writes to the log, with the rights of its owner. ALWAYS: changes
// that a subscription applies count, too.
constexpr const char* kBeginNotes = R"sql(
CREATE UNLOGGED TABLE {log} AS SELECT {key} FROM ONLY {table} WITH NO DATA;
CREATE FUNCTION {function} RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS {body};
REVOKE ALL ON FUNCTION {function} FROM PUBLIC;
CREATE TRIGGER {rows} AFTER INSERT OR UPDATE OR DELETE ON {table}
  FOR EACH ROW EXECUTE FUNCTION {function};
CREATE TRIGGER {truncate} AFTER TRUNCATE ON {table}
  FOR EACH STATEMENT EXECUTE FUNCTION {function};
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {rows};
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {truncate}
)sql";

// Rows are copied in the order in which they lie, so that times stay close to one another. The
// copy has no index: it is small enough to be put back under a short lock, and so to be read
// through.
constexpr const char* kCopy = R"sql(
BEGIN;
SET LOCAL synchronize_seqscans = off;
SET LOCAL max_parallel_workers_per_gather TO DEFAULT;
CREATE UNLOGGED TABLE {copy} AS SELECT {columns} FROM ONLY {table} AS t WHERE {survives}
)sql";

// One statement sees one moment: what it takes off the log is what it sees in the table.
constexpr const char* kTakeOver = R"sql(
WITH taken AS (DELETE FROM {log} RETURNING {keys}),
changed AS MATERIALIZED (SELECT DISTINCT {keys} FROM taken),
gone AS (DELETE FROM {copy} AS c USING changed AS k WHERE {same_in_copy}),
back AS (
  INSERT INTO {copy} ({columns})
  SELECT {t_columns} FROM changed AS k JOIN ONLY {table} AS t ON {same_in_table}
  WHERE {survives})
SELECT count(*), coalesce(bool_or({keys_row} IS NULL), false) FROM changed
)sql";

constexpr const char* kCopyAnew = R"sql(
TRUNCATE {copy};
INSERT INTO {copy} ({columns}) SELECT {t_columns} FROM ONLY {table} AS t WHERE {survives}
)sql";

base::Status run(RebuildWork& work, const std::string& sql, base::Millis patience) {
  const auto done = work.session.run({sql, {}}, patience);
  if (!done.ok()) return done.error();
  return base::Done{};
}

}  // namespace

base::Status begin_notes(RebuildWork& work) {
  using fmt::arg;
  const RebuildShape& shape = work.shape;
  const std::string log = shape.log();
  const std::string keys = shape.key_columns();
  const auto body =
      work.session.run({"SELECT quote_literal($1)",
                        {text(fmt::format(kNote, arg("log", log), arg("keys", keys),
                                          arg("old_keys", shape.key_columns("OLD.")),
                                          arg("new_keys", shape.key_columns("NEW."))))}},
                       kCataloguePatience);
  if (!body.ok()) return body.error();
  const std::string sql = fmt::format(
      kBeginNotes, arg("log", log), arg("key", shape.nullable_key()), arg("table", shape.table),
      arg("function", shape.function()), arg("body", body.value().text(0, 0)),
      arg("rows", shape.row_trigger()), arg("truncate", shape.truncate_trigger()));
  // Less of a lock would do; but who reads for long is met now, before anything has been made.
  return with_lock(
      work.session, {shape.table, shape.oid, "ACCESS EXCLUSIVE"}, work.limits, work.stop,
      [&](unsigned attempt) {
        work.progress.attempts = attempt;
        work.tell("prepares");
      },
      [&]() -> base::Status {
        base::Status same = check_unchanged(work);
        return same.ok() ? run(work, sql, kCataloguePatience) : same;
      });
}

base::Status copy_survivors(RebuildWork& work) {
  using fmt::arg;
  const RebuildShape& shape = work.shape;
  work.tell("copies survivors");
  const std::string copied =
      fmt::format(kCopy, arg("copy", shape.copy()), arg("columns", shape.all_columns("t.")),
                  arg("table", shape.table), arg("survives", survivors_sql(work.sql, shape)));
  base::Status status = run(work, copied, kBulkPatience);
  if (!status.ok()) return status;
  work.progress.survivors = work.session.affected();
  return run(work, "COMMIT", kBulkPatience);
}

base::Status catch_up(RebuildWork& work) {
  for (unsigned round = 0; round < work.limits.rounds; ++round) {
    work.tell("catches up");
    base::Status same = check_unchanged(work);
    if (!same.ok()) return same;
    base::Status begun = run(work, "BEGIN", kCataloguePatience);
    if (!begun.ok()) return begun;
    const auto taken = take_over(work, kBulkPatience);
    if (!taken.ok()) return taken.error();
    const base::Status ended = run(work, "COMMIT", kCataloguePatience);
    if (!ended.ok()) return ended;
    work.progress.changes += taken.value();
    if (taken.value() <= work.limits.small_round) break;
  }
  return base::Done{};
}

base::Result<std::uint64_t> take_over(RebuildWork& work, base::Millis patience) {
  using fmt::arg;
  const RebuildShape& shape = work.shape;
  const std::string survives = survivors_sql(work.sql, shape);
  const auto taken = work.session.run(
      {fmt::format(kTakeOver, arg("log", shape.log()), arg("copy", shape.copy()),
                   arg("table", shape.table), arg("keys", shape.key_columns()),
                   arg("keys_row", "ROW(" + shape.key_columns() + ")"),
                   arg("same_in_copy", shape.same_key("c", "k")),
                   arg("same_in_table", shape.same_key("t", "k")),
                   arg("columns", shape.all_columns()), arg("t_columns", shape.all_columns("t.")),
                   arg("survives", survives)),
       {}},
      patience);
  if (!taken.ok()) return taken.error();
  if (taken.value().flag(0, 1)) {
    const base::Status copied =
        run(work,
            fmt::format(kCopyAnew, arg("copy", shape.copy()), arg("table", shape.table),
                        arg("columns", shape.all_columns()),
                        arg("t_columns", shape.all_columns("t.")), arg("survives", survives)),
            patience);
    if (!copied.ok()) return copied.error();
  }
  return static_cast<std::uint64_t>(taken.value().integer(0, 0));
}

base::Status check_unchanged(RebuildWork& work) {
  const auto shape = read_shape(work.session, work.sql);
  if (!shape.ok()) return shape.error();
  if (shape.value() != work.shape) return table_changed(work.sql.table, "its columns");
  const auto objections = read_objections(work.session, work.shape);
  if (!objections.ok()) return objections.error();
  const auto& refusals = objections.value().refusals;
  if (!refusals.empty()) return table_changed(work.sql.table, refusals.front());
  return base::Done{};
}

}  // namespace rollcall::postgres

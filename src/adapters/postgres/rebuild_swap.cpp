#include "adapters/postgres/rebuild_swap.hpp"

#include "adapters/postgres/policy_columns.hpp"
#include "adapters/postgres/rebuild_copy.hpp"
#include "adapters/postgres/rebuild_lock.hpp"

#include <algorithm>
#include <chrono>
#include <string>

#include <fmt/format.h>

namespace rollcall::postgres {
namespace {

using std::chrono::steady_clock;

// Random keys fill a tree to 0.69 where a fresh one is filled to 0.9. Where indexes are more than
// a fifth of the whole, that is nearly 5 % of it, and worth the time to build them anew.
constexpr std::int64_t kIndexShare = 5;

// Building them takes less time than filling them took.
constexpr int kTimesToReindex = 2;

// A commit that replicas must confirm would hold the lock for as long.
constexpr const char* kSettings = R"sql(
SET LOCAL synchronous_commit = local;
SET LOCAL synchronize_seqscans = off;
SET CONSTRAINTS ALL IMMEDIATE
)sql";

// What turns triggers off, what restores each to exactly the state that it was in, and whether the
// rebuild's own have been on. (tgtype: 4 is INSERT, 32 TRUNCATE.)
constexpr const char* kTriggers = R"sql(
WITH t AS (
  SELECT tgname, tgenabled, tgtype, tgname LIKE 'rollcall\_rebuild\_' || $1 || '\_%' AS is_own,
    tgrelid::regclass AS name
  FROM pg_trigger WHERE tgrelid = $1::oid AND NOT tgisinternal),
others AS (SELECT * FROM t WHERE NOT is_own AND tgenabled <> 'D' AND tgtype & 36 <> 0)
SELECT
  (SELECT coalesce(string_agg(format('ALTER TABLE %s DISABLE TRIGGER %I;', name, tgname), ''), '')
   FROM others),
  (SELECT coalesce(string_agg(format('ALTER TABLE %s ENABLE %s TRIGGER %I;', name,
     CASE tgenabled WHEN 'R' THEN 'REPLICA' WHEN 'A' THEN 'ALWAYS' ELSE '' END, tgname), ''), '')
   FROM others),
  (SELECT count(*) = 2 FROM t WHERE is_own AND tgenabled = 'A')
)sql";

constexpr const char* kEmpty = R"sql(
{disable}
DROP TRIGGER {rows} ON {table};
DROP TRIGGER {truncate} ON {table};
TRUNCATE ONLY {table}
)sql";

constexpr const char* kPutBack = R"sql(
INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {copy}
)sql";

constexpr const char* kClearAway = R"sql(
{restore}
DROP TABLE {copy}, {log};
DROP FUNCTION {function}
)sql";

// What is done under the lock, before its time is up.
class Swap {
 public:
  Swap(RebuildWork& work, steady_clock::time_point began) : work_(work), began_(began) {}

  base::Status run();

 private:
  base::Millis spent() const {
    return std::chrono::duration_cast<base::Millis>(steady_clock::now() - began_);
  }
  base::Millis left() const {
    return std::max(work_.policy.rebuild_lock - spent(), base::Millis(1));
  }
  base::Result<Rows> ask(Query query) { return work_.session.run(query, left()); }
  base::Status put_back();
  base::Status reindex_if_worth();

  RebuildWork& work_;
  steady_clock::time_point began_;
};

base::Status Swap::run() {
  const auto set = ask({kSettings, {}});
  if (!set.ok()) return set.error();
  base::Status same = check_unchanged(work_);
  if (!same.ok()) return same;
  const auto taken = take_over(work_, left());
  if (!taken.ok()) return taken.error();
  base::Status put = put_back();
  if (put.ok()) work_.progress.changes += taken.value();
  return put;
}

base::Status Swap::put_back() {
  using fmt::arg;
  const RebuildShape& shape = work_.shape;
  const auto triggers = ask({kTriggers, {int8(shape.oid)}});
  if (!triggers.ok()) return triggers.error();
  if (!triggers.value().flag(0, 2)) {
    return table_changed(shape.table, "the triggers that note changes were turned off");
  }
  const auto emptied =
      ask({fmt::format(kEmpty, arg("disable", triggers.value().text(0, 0)),
                       arg("rows", shape.row_trigger()), arg("truncate", shape.truncate_trigger()),
                       arg("table", shape.table)),
           {}});
  if (!emptied.ok()) return emptied.error();
  const auto put =
      ask({fmt::format(kPutBack, arg("table", shape.table),
                       arg("columns", shape.written_columns()), arg("copy", shape.copy())),
           {}});
  if (!put.ok()) return put.error();
  work_.report.survivors = work_.session.affected();
  base::Status reindexed = reindex_if_worth();
  if (!reindexed.ok()) return reindexed;
  const auto cleared = ask({fmt::format(kClearAway, arg("restore", triggers.value().text(0, 1)),
                                        arg("copy", shape.copy()), arg("log", shape.log()),
                                        arg("function", shape.function())),
                            {}});
  if (!cleared.ok()) return cleared.error();
  return base::Done{};
}

base::Status Swap::reindex_if_worth() {
  const auto sizes =
      ask({"SELECT pg_table_size($1::oid), pg_indexes_size($1::oid)", {int8(work_.shape.oid)}});
  if (!sizes.ok()) return sizes.error();
  const std::int64_t table = sizes.value().integer(0, 0);
  const std::int64_t indexes = sizes.value().integer(0, 1);
  const bool is_worth = indexes * kIndexShare > table + indexes;
  if (!is_worth || spent() * kTimesToReindex > work_.policy.rebuild_lock) return base::Done{};
  const auto built = ask({"REINDEX TABLE " + work_.shape.table, {}});
  if (!built.ok()) return built.error();
  return base::Done{};
}

base::Error too_long(const RebuildWork& work) {
  return {base::Errc::timeout, "rebuild_too_long",
          fmt::format("the lock on {} was given back after the {} ms that rebuild_lock allows, "
                      "before all rows were put back: allow more, or use `rollcall retention run`",
                      work.shape.table, work.policy.rebuild_lock.count())};
}

}  // namespace

base::Status swap_storage(RebuildWork& work) {
  steady_clock::time_point began;
  base::Status swapped = with_lock(
      work.session, {work.shape.table, work.shape.oid, "ACCESS EXCLUSIVE"}, work.limits, work.stop,
      [&](unsigned attempt) {
        work.progress.attempts = attempt;
        work.tell("waits for the lock");
      },
      [&] {
        began = steady_clock::now();
        base::Status done = Swap(work, began).run();
        const bool is_late = !done.ok() && done.error().kind == base::Errc::timeout;
        return is_late ? base::Status(too_long(work)) : done;
      });
  work.report.locked = std::chrono::duration_cast<base::Millis>(steady_clock::now() - began);
  return swapped;
}

}  // namespace rollcall::postgres

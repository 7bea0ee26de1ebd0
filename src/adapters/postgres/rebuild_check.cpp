#include "adapters/postgres/rebuild_check.hpp"

#include "adapters/postgres/policy_columns.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <fmt/format.h>

namespace rollcall::postgres {
namespace {

constexpr std::uint64_t kSampleBlocks = 2'048;
constexpr base::Millis kSamplePatience = std::chrono::minutes(5);
constexpr std::uint64_t kTupleOverhead = 28;  // header and line pointer

// What putting a row back costs under the lock, in microseconds, on two cores of a small machine.
constexpr double kRowCost = 1;
constexpr double kByteCost = 0.002;
constexpr double kIndexCost = 2.2;
constexpr double kForeignKeyCost = 8;  // of a reference that is not null
constexpr base::Millis kSwapCost{20};

// $1 the table's OID. The last column is an expression: how many references a row has.
constexpr const char* kSizes = R"sql(
SELECT (pg_relation_size($1::oid::regclass) / current_setting('block_size')::int8),
  pg_table_size($1::oid::regclass), pg_indexes_size($1::oid::regclass),
  (SELECT count(*) FROM pg_index WHERE indrelid = $1::oid),
  (SELECT coalesce(string_agg(format('(%I IS NOT NULL)::int', attname), ' + '), '0')
   FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
   WHERE conrelid = $1::oid AND contype = 'f')
)sql";

struct Sizes {
  std::uint64_t blocks = 0;
  std::uint64_t table_bytes = 0;
  std::uint64_t index_bytes = 0;
  std::uint64_t indexes = 0;
  std::string references;
};

struct Sample {
  double share = 1;  // of the table
  std::uint64_t rows = 0;
  std::uint64_t survivors = 0;
  std::uint64_t row_bytes = 0;  // of a survivor, on average
  double references = 0;        // also
};

std::uint64_t number(const Rows& rows, int column) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(rows.integer(0, column), 0));
}

base::Result<Sizes> read_sizes(WorkSession& session, const RebuildShape& shape) {
  const auto rows = session.run({kSizes, {int8(shape.oid)}}, kCataloguePatience);
  if (!rows.ok()) return rows.error();
  return Sizes{number(rows.value(), 0), number(rows.value(), 1), number(rows.value(), 2),
               number(rows.value(), 3), std::string(rows.value().text(0, 4))};
}

base::Result<Sample> read_sample(WorkSession& session, const PolicySql& sql,
                                 const RebuildShape& shape, const Sizes& sizes) {
  Sample sample;
  std::string clause;
  if (sizes.blocks > kSampleBlocks) {
    sample.share = static_cast<double>(kSampleBlocks) / static_cast<double>(sizes.blocks);
    clause = fmt::format(" TABLESAMPLE SYSTEM ({:f})", sample.share * 100);
  }
  const auto rows = session.run(
      {fmt::format("SELECT count(*), count(*) FILTER (WHERE survives),"
                   " coalesce(avg(bytes) FILTER (WHERE survives), 0)::int8,"
                   " coalesce(sum(refs) FILTER (WHERE survives), 0)"
                   " FROM (SELECT {} AS survives, pg_column_size(t) AS bytes, {} AS refs"
                   "  FROM ONLY {} AS t{}) AS sample",
                   survivors_sql(sql, shape), sizes.references, shape.table, clause),
       {}},
      kSamplePatience);
  if (!rows.ok()) return rows.error();
  sample.rows = number(rows.value(), 0);
  sample.survivors = number(rows.value(), 1);
  sample.row_bytes = number(rows.value(), 2) + kTupleOverhead;
  sample.references = static_cast<double>(number(rows.value(), 3)) /
                      static_cast<double>(std::max<std::uint64_t>(sample.survivors, 1));
  return sample;
}

std::uint64_t scaled(std::uint64_t count, double share) {
  return static_cast<std::uint64_t>(std::llround(static_cast<double>(count) / share));
}

base::Millis lock_time(const RebuildOutlook& outlook, const Sizes& sizes, const Sample& sample) {
  const double row_cost = kRowCost + kByteCost * static_cast<double>(sample.row_bytes) +
                          kIndexCost * static_cast<double>(sizes.indexes) +
                          kForeignKeyCost * sample.references;
  const double micros = row_cost * static_cast<double>(outlook.survivors);
  return kSwapCost + base::Millis(std::llround(micros / 1000));
}

}  // namespace

std::string survivors_sql(const PolicySql& sql, const RebuildShape& shape) {
  return shape.keeps_due ? "true" : fmt::format("(({}) IS NOT TRUE)", sql.due);
}

base::Result<RebuildOutlook> look_ahead(WorkSession& session, const core::RetentionPolicy& policy,
                                        const PolicySql& sql, const RebuildShape& shape) {
  auto objections = read_objections(session, shape);
  if (!objections.ok()) return std::move(objections).error();
  const auto sizes = read_sizes(session, shape);
  if (!sizes.ok()) return sizes.error();
  const auto sample = read_sample(session, sql, shape, sizes.value());
  if (!sample.ok()) return sample.error();
  RebuildOutlook outlook;
  outlook.refusals = std::move(objections.value().refusals);
  outlook.notes = std::move(objections.value().notes);
  outlook.rows = scaled(sample.value().rows, sample.value().share);
  outlook.survivors = scaled(sample.value().survivors, sample.value().share);
  outlook.bytes = sizes.value().table_bytes + sizes.value().index_bytes;
  // Indexes shrink as the table does.
  const std::uint64_t table_after =
      std::min(sizes.value().table_bytes, outlook.survivors * sample.value().row_bytes);
  const double kept = static_cast<double>(table_after) /
                      static_cast<double>(std::max<std::uint64_t>(sizes.value().table_bytes, 1));
  outlook.bytes_after = table_after + static_cast<std::uint64_t>(
                                          static_cast<double>(sizes.value().index_bytes) * kept);
  outlook.lock = lock_time(outlook, sizes.value(), sample.value());
  if (outlook.lock > policy.rebuild_lock) {
    outlook.refusals.push_back(fmt::format(
        "about {} rows survive, and the table would be locked for about {} ms while they are put "
        "back, where rebuild_lock allows {} ms: use `rollcall retention run`, or allow more",
        outlook.survivors, outlook.lock.count(), policy.rebuild_lock.count()));
  }
  outlook.notes.push_back(fmt::format("the disk needs room for about {} MB more meanwhile",
                                      (2 * outlook.bytes_after >> 20) + 1));
  return outlook;
}

}  // namespace rollcall::postgres

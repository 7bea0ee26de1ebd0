#include "adapters/postgres/retention_facts.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace rollcall::postgres {
namespace {

using core::RetentionFacts;

// The size of a row in its block: what is stored elsewhere is not read for it.
constexpr const char* kSizes = R"sql(
SELECT pg_relation_size($1::int8::oid), pg_indexes_size($1::int8::oid),
  current_setting('block_size')::int8,
  (SELECT string_agg(format('coalesce(pg_column_size(t.%I), 0)', attname), ' + ')
   FROM pg_attribute WHERE attrelid = $1::int8::oid AND attnum > 0 AND NOT attisdropped)
)sql";
constexpr int kRowOverhead = 28;  // bytes: its header, and its pointer in the block

// $2 the time, $3 whether rows of nobody are looked for, $4 the column that is null in them. Of
// several indexes, one of such rows alone is best.
constexpr const char* kIndex = R"sql(
SELECT quote_ident(x.relname), i.indpred IS NOT NULL
FROM pg_index AS i
  JOIN pg_class AS x ON x.oid = i.indexrelid
  JOIN pg_am AS m ON m.oid = x.relam AND m.amname = 'btree'
  JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
WHERE i.indrelid = $1::int8::oid AND i.indisvalid AND i.indisready
  AND a.attname = (parse_ident($2))[1]
  AND (i.indpred IS NULL
    OR $3 AND pg_get_expr(i.indpred, i.indrelid)
      = '(' || quote_ident((parse_ident($4))[1]) || ' IS NULL)')
ORDER BY i.indpred IS NULL, pg_relation_size(i.indexrelid)
LIMIT 1
)sql";

constexpr const char* kKeepers = R"sql(
SELECT EXISTS (
  SELECT FROM pg_trigger
  WHERE tgrelid = $1::int8::oid AND tgenabled <> 'D' AND (tgtype & 11) = 11)
)sql";  // 1 for each row, 2 before, 8 delete

struct Look {
  std::uint64_t rows = 0;
  std::uint64_t due = 0;
  std::uint64_t row_bytes = 0;
  std::optional<base::Millis> oldest;
};

std::uint64_t count_at(const Rows& rows, int column) {
  return static_cast<std::uint64_t>(rows.integer(0, column));
}

std::optional<base::Millis> age_at(const Rows& rows, int column) {
  if (rows.is_null(0, column)) return std::nullopt;
  return base::Millis(rows.integer(0, column));
}

// The age of a row that is due, in milliseconds. What lies infinitely far back has none.
std::string age_of(const PolicySql::Clause& clause) {
  return fmt::format(
      "CASE WHEN isfinite(t.{}) THEN floor(extract(epoch FROM now() - ({})) * 1000)::int8 END",
      clause.column, clause.moment);
}

class Looker {
 public:
  Looker(WorkSession& session, const PolicySql& sql) : session_(session), sql_(sql) {}

  base::Result<RetentionFacts> look();

 private:
  base::Status read_sizes();
  base::Status read_index(const PolicySql::Clause& clause);
  base::Status read_rows();
  base::Status count_by_indexes();

  WorkSession& session_;
  const PolicySql& sql_;
  RetentionFacts facts_;
  std::string row_size_;  // as SQL
};

base::Result<RetentionFacts> Looker::look() {
  facts_.table = sql_.table;
  base::Status status = read_sizes();
  for (const PolicySql::Clause& clause : sql_.clauses) {
    if (status.ok()) status = read_index(clause);
  }
  if (status.ok()) status = read_rows();
  if (status.ok() && !facts_.is_counted) status = count_by_indexes();
  if (!status.ok()) return std::move(status).error();
  return std::move(facts_);
}

base::Status Looker::read_sizes() {
  const auto rows = session_.run({kSizes, {int8(sql_.oid)}}, kLookPatience);
  if (!rows.ok()) return rows.error();
  facts_.block_bytes = count_at(rows.value(), 2);
  facts_.blocks = count_at(rows.value(), 0) / facts_.block_bytes;
  facts_.index_bytes = count_at(rows.value(), 1);
  facts_.is_counted = facts_.blocks <= kSampledBlocks;
  row_size_ = rows.value().text(0, 3);
  return base::Done{};
}

base::Status Looker::read_index(const PolicySql::Clause& clause) {
  const bool is_of_nobody = clause.clause == core::RetentionClause::anonymous;
  const auto found = session_.run({kIndex,
                                   {int8(sql_.oid), text(clause.column), boolean(is_of_nobody),
                                    text(is_of_nobody ? sql_.user_id : clause.column)}},
                                  kLookPatience);
  if (!found.ok()) return found.error();
  RetentionFacts::Clause& facts = facts_.clauses.emplace_back();
  facts.clause = clause.clause;
  if (found.value().size() == 0) return base::Done{};
  facts.index = found.value().text(0, 0);
  const std::string partial =
      found.value().flag(0, 1) ? fmt::format(" AND t.{} IS NULL", sql_.user_id) : "";
  const auto in_range = session_.run(
      {fmt::format("{} SELECT count(*) FROM (SELECT FROM ONLY {} AS t WHERE {}{} LIMIT {}) AS due",
                   kByIndex, sql_.table, clause.range, partial,
                   core::trickle_limit(facts_.blocks) + 1),
       {}},
      kLookPatience);
  if (!in_range.ok()) return in_range.error();
  facts.in_range = count_at(in_range.value(), 0);
  return base::Done{};
}

base::Status Looker::read_rows() {
  if (facts_.blocks == 0) return base::Done{};
  const double share =
      facts_.is_counted ? 1.0
                        : static_cast<double>(kSampledBlocks) / static_cast<double>(facts_.blocks);
  const std::string sample =
      facts_.is_counted ? "" : fmt::format(" TABLESAMPLE SYSTEM ({:.9f})", share * 100);
  std::string oldest;
  for (const PolicySql::Clause& clause : sql_.clauses) {
    oldest += fmt::format("{}max({}) FILTER (WHERE {})", oldest.empty() ? "" : ", ",
                          age_of(clause), clause.due);
  }
  const auto rows = session_.run(
      {fmt::format("SELECT count(*), count(*) FILTER (WHERE {}),"
                   " coalesce(avg({}), 0)::int8 + {}, greatest({}) FROM ONLY {} AS t{}",
                   sql_.due, row_size_, kRowOverhead, oldest, sql_.table, sample),
       {}},
      kLookPatience);
  if (!rows.ok()) return rows.error();
  const auto scaled = [&](int column) {
    return static_cast<std::uint64_t>(static_cast<double>(count_at(rows.value(), column)) / share);
  };
  facts_.rows = scaled(0);
  facts_.due_rows = scaled(1);
  facts_.row_bytes = count_at(rows.value(), 2);
  facts_.oldest = age_at(rows.value(), 3);
  return base::Done{};
}

// Few due rows among many are not in the sample, but the indexes lead to them.
base::Status Looker::count_by_indexes() {
  std::uint64_t in_range = 0;
  for (const RetentionFacts::Clause& clause : facts_.clauses) {
    if (clause.index.empty()) return base::Done{};
    in_range += clause.in_range;
  }
  if (in_range > core::trickle_limit(facts_.blocks)) return base::Done{};
  std::string due;
  for (const PolicySql::Clause& clause : sql_.clauses) {
    due += fmt::format("{}SELECT t.ctid AS at, {} AS age FROM ONLY {} AS t WHERE {}",
                       due.empty() ? "" : " UNION ALL ", age_of(clause), sql_.table, clause.due);
  }
  const auto rows =
      session_.run({fmt::format("SET LOCAL enable_seqscan = off;"
                                "SELECT count(DISTINCT at), max(age) FROM ({}) AS due",
                                due),
                    {}},
                   kLookPatience);
  if (!rows.ok()) return rows.error();
  facts_.due_rows = count_at(rows.value(), 0);
  facts_.oldest = age_at(rows.value(), 1);
  return base::Done{};
}

}  // namespace

base::Result<RetentionFacts> read_facts(WorkSession& session, const PolicySql& sql) {
  return Looker(session, sql).look();
}

base::Result<bool> may_keep_rows(WorkSession& session, const PolicySql& sql) {
  const auto rows = session.run({kKeepers, {int8(sql.oid)}}, kLookPatience);
  if (!rows.ok()) return rows.error();
  return rows.value().flag(0, 0);
}

}  // namespace rollcall::postgres

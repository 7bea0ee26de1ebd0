#include "adapters/postgres/policy_columns.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <set>

namespace rollcall::postgres {
namespace {

constexpr std::size_t kMostNamed = 20;  // columns in a message

// A domain is taken for the type below it.
constexpr const char* kColumns = R"sql(
SELECT attname, format_type(atttypid, atttypmod),
  CASE coalesce(nullif(typbasetype, 0), atttypid)
    WHEN 'timestamp'::regtype THEN 'timestamp'
    WHEN 'timestamptz'::regtype THEN 'timestamptz'
    ELSE '' END,
  EXISTS (SELECT FROM pg_index AS i
          WHERE i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey))
FROM pg_attribute AS a JOIN pg_type AS y ON y.oid = a.atttypid
WHERE a.attrelid = $1::int8::oid AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
)sql";

// What people confuse: created_at, createdAt, CREATED_AT.
std::string folded(std::string_view name) {
  std::string letters;
  for (const char c : name) {
    if (c != '_') letters += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return letters;
}

}  // namespace

base::Result<PolicyColumns> PolicyColumns::read(WorkSession& session, std::uint32_t table) {
  const auto rows = session.run({kColumns, {int8(table)}}, kCataloguePatience);
  if (!rows.ok()) return rows.error();
  PolicyColumns columns;
  for (std::size_t i = 0; i < rows.value().size(); ++i) {
    columns.columns_.push_back({std::string(rows.value().text(i, 0)),
                                std::string(rows.value().text(i, 1)),
                                std::string(rows.value().text(i, 2)), rows.value().flag(i, 3)});
  }
  return columns;
}

const PolicyColumns::Column* PolicyColumns::find(std::string_view name) const {
  const auto found = std::find_if(columns_.begin(), columns_.end(),
                                  [&](const Column& column) { return column.name == name; });
  return found == columns_.end() ? nullptr : &*found;
}

std::string_view PolicyColumns::time_type(std::string_view column) const {
  const Column* found = find(column);
  return found == nullptr ? std::string_view() : std::string_view(found->time_type);
}

std::string PolicyColumns::names(bool of_primary_key) const {
  std::string list;
  std::size_t count = 0;
  for (const Column& column : columns_) {
    if (of_primary_key && !column.is_in_primary_key) continue;
    if (count++ == kMostNamed) return list + ", ...";
    if (!list.empty()) list += ", ";
    list += column.name;
  }
  return list;
}

std::string PolicyColumns::missing(std::string_view name) const {
  std::string text = "has no column " + std::string(name);
  const auto near = std::find_if(columns_.begin(), columns_.end(), [&](const Column& column) {
    return folded(column.name) == folded(name);
  });
  if (near != columns_.end()) return text + "; did you mean " + near->name + "?";
  return text + "; it has " + names(false);
}

std::vector<std::string> PolicyColumns::complaints(const core::RetentionPolicy& policy) const {
  std::vector<std::string> found;
  std::set<std::string_view> seen;
  for (const std::string* name :
       {&policy.id, &policy.created_at, &policy.user_id, &policy.expires_at, &policy.last_seen}) {
    if (name->empty() || !seen.insert(*name).second || find(*name) != nullptr) continue;
    found.push_back(missing(*name));
  }
  seen.clear();
  const auto clauses = core::clauses_of(policy);
  if (clauses.empty()) found.emplace_back("has no condition in this policy");
  for (const core::RetentionClause clause : clauses) {
    if (core::time_column(policy, clause).empty()) {
      found.push_back("has no time in this policy for what is " + std::string(name_of(clause)));
    }
    const Column* column = find(core::time_column(policy, clause));
    if (column == nullptr || !column->time_type.empty()) continue;
    if (!seen.insert(column->name).second) continue;
    found.push_back("has " + column->name + " of type " + column->type +
                    ": it must be timestamp, with or without time zone");
  }
  const std::string key = names(true);
  const Column* id = find(policy.id);
  if (key.empty()) {
    found.emplace_back("has no primary key: add one");
  } else if (id != nullptr && !id->is_in_primary_key) {
    found.push_back("has the primary key (" + key + "), without " + policy.id);
  }
  return found;
}

}  // namespace rollcall::postgres

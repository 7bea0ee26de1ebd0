#pragma once

#include "adapters/postgres/policy_sql.hpp"
#include "adapters/postgres/work_session.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::postgres {

// A table as its rebuild must know it, to find out whether it is still the same at the end. All
// names are quoted.
struct RebuildShape {
  struct Column {
    std::string name;
    std::string type;    // with its modifier and collation
    std::string base;    // that type, or below a domain the one that takes a null
    std::string equals;  // the operator by which the primary key compares it; empty: it is no part
    bool is_generated = false;

    bool operator==(const Column&) const = default;
  };

  std::string table;
  std::uint32_t oid = 0;
  std::string schema;
  std::vector<Column> columns;
  bool keeps_due = false;  // rows that are due must go one by one: they survive a rebuild

  bool operator==(const RebuildShape&) const = default;

  // What stands beside the table for as long as the rebuild is at work.
  std::string log() const { return schema + '.' + own_name("log"); }    // keys of changed rows
  std::string copy() const { return schema + '.' + own_name("copy"); }  // of the survivors
  std::string function() const { return schema + '.' + own_name("note") + "()"; }
  std::string row_trigger() const { return own_name("rows"); }
  std::string truncate_trigger() const { return own_name("truncate"); }
  std::string own_name(std::string_view part) const;

  // "t.a, t.b", with `row` = "t.".
  std::string all_columns(std::string_view row = "") const;
  std::string written_columns() const;  // all but generated ones
  std::string key_columns(std::string_view row = "") const;
  std::string nullable_key() const;  // "a::uuid AS a"
  // That `left` and `right`, names of rows, have the same key.
  std::string same_key(std::string_view left, std::string_view right) const;
};

// `unavailable` ("rebuild_changed"): the table is not there any more, or has no primary key.
base::Result<RebuildShape> read_shape(WorkSession& session, const PolicySql& sql);

base::Error table_changed(const std::string& table, std::string_view what);

}  // namespace rollcall::postgres

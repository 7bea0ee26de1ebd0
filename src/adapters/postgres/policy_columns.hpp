#pragma once

#include "adapters/postgres/rows.hpp"
#include "adapters/postgres/work_session.hpp"
#include "base/result.hpp"
#include "core/retention_policy.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::postgres {

// How long the catalogue may take to tell what a table is.
constexpr base::Millis kCataloguePatience{30'000};

// The columns of a table, as a policy needs them.
class PolicyColumns {
 public:
  static base::Result<PolicyColumns> read(WorkSession& session, std::uint32_t table);

  // "timestamp" or "timestamptz"; empty: the column is neither, or not there.
  std::string_view time_type(std::string_view column) const;

  // What is wrong with the columns that a policy names; nothing: all are of use.
  std::vector<std::string> complaints(const core::RetentionPolicy& policy) const;

 private:
  struct Column {
    std::string name;
    std::string type;       // as people write it
    std::string time_type;  // empty: it is no time
    bool is_in_primary_key = false;
  };

  const Column* find(std::string_view name) const;
  std::string names(bool of_primary_key) const;
  std::string missing(std::string_view name) const;

  std::vector<Column> columns_;
};

}  // namespace rollcall::postgres

#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "core/retention_policy.hpp"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace rollcall::postgres {

// How the table of a policy fares, by the catalogue and the statistics.
struct TableStatus {
  struct Worker {  // a run or a rebuild that has claimed the table
    std::int64_t pid = 0;
    std::string application;  // empty: the role may not see it
    bool is_alone = false;    // a rebuild
    std::optional<base::Millis> since;
  };

  std::string table;  // as SQL writes it
  std::uint64_t table_bytes = 0;
  std::uint64_t index_bytes = 0;
  std::uint64_t live_rows = 0;  // by the statistics, as the dead ones
  std::uint64_t dead_rows = 0;
  std::optional<base::Millis> since_vacuum;  // nothing: none since the statistics began
  bool has_remains = false;                  // of a rebuild, which is at work or has died
  std::vector<Worker> workers;
};

// Claims nothing, and changes nothing. Errors are those of read_policy().
base::Result<TableStatus> read_table_status(const core::RetentionPolicy& policy,
                                            std::stop_token stop);

}  // namespace rollcall::postgres

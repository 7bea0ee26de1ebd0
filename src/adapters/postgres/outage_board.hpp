#pragma once

#include "adapters/postgres/link.hpp"
#include "ports/outage_board.hpp"

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace rollcall::postgres {

// The board as a table, rollcall_outages; an exchange is one statement, and a mere read while this
// place has nothing to say and said nothing before. Dead entries stay until a RosterCleaner comes.
class PostgresOutageBoard final : public ports::OutageBoard {
 public:
  explicit PostgresOutageBoard(Link& link) : link_(link) {}

  void exchange(const std::string& roster, const std::string& place,
                std::optional<core::OutageEntry> own,
                ports::Reply<std::vector<core::OutageEntry>> reply) override;

 private:
  using Key = std::pair<std::string, std::string>;

  Link& link_;
  // Entries that may be on the board: they were put, and it is not known that they were taken off.
  std::shared_ptr<std::set<Key>> put_ = std::make_shared<std::set<Key>>();
};

}  // namespace rollcall::postgres

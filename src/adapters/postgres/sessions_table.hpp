#pragma once

#include "adapters/postgres/members_table.hpp"
#include "adapters/postgres/table_name.hpp"

#include <string>
#include <string_view>

namespace rollcall::postgres {

// A table of another program: active_sessions (session_id text primary key, last_activity
// timestamp or timestamptz). A touch is a row of it, and no other column is written, so they need
// defaults. A leave deletes the row; that the member left, and since when it is live, stands in
// rollcall_members. A time without a zone is one of the connection's (LinkOptions::time_zone).
//
// The other program may write to it too: its rows count.
class SessionsTable final : public RosterTable {
 public:
  // `table` is a name that quoted_table() takes.
  SessionsTable(RosterName roster, std::string_view table);

  std::vector<Query> apply(const std::vector<core::Change>& changes, Origin origin,
                           std::int64_t counted_at_us) const override;
  Query count() const override;
  Query find(const std::vector<core::MemberId>& members) const override;
  Query list(std::string_view after, std::size_t limit) const override;
  Query reset() const override;
  Query reset(base::Millis age) const override { return tombstones_.reset(age); }
  std::size_t parts() const override { return 2; }
  Query changes(const ChangesStep& step) const override;
  Query check_writable() const override;

 private:
  // For two nodes never to wait for one another, a statement locks the rows of one kind only,
  // in their order: so touches and leaves are two.
  Query touch(const std::vector<core::Change>& touches, Origin origin,
              std::int64_t counted_at_us) const;
  Query leave(const std::vector<core::Change>& leaves) const;
  std::string on_table(std::string_view sql) const;  // with its name

  RosterName roster_;
  std::string table_;  // as SQL
  MembersTable tombstones_;
};

}  // namespace rollcall::postgres

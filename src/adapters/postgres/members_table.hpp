#pragma once

#include "adapters/postgres/roster_table.hpp"

#include <utility>

namespace rollcall::postgres {

// rollcall's own table, rollcall_members: a row a member of a roster, with a max register of its
// last touch (last_seen) and one of its last leave (left_at).
class MembersTable final : public RosterTable {
 public:
  explicit MembersTable(RosterName roster) : roster_(std::move(roster)) {}

  std::vector<Query> apply(const std::vector<core::Change>& changes, Origin origin,
                           std::int64_t counted_at_us) const override;
  Query count() const override;
  Query find(const std::vector<core::MemberId>& members) const override;
  Query list(std::string_view after, std::size_t limit) const override;
  Query reset() const override;
  Query reset(base::Millis age) const override;
  std::size_t parts() const override { return 1; }
  Query changes(const ChangesStep& step) const override;
  Query check_writable() const override;

 private:
  RosterName roster_;
};

// Changes as the statements take them.
struct ChangeArrays {
  explicit ChangeArrays(const std::vector<core::Change>& changes);

  std::vector<std::string_view> members;
  std::vector<std::int64_t> ages;  // in ms, within what a timestamp can hold
  std::vector<bool> leaves;
};
std::vector<std::string_view> texts(const std::vector<core::MemberId>& members);
std::vector<Parameter> step_parameters(const RosterName& roster, const ChangesStep& step);

}  // namespace rollcall::postgres

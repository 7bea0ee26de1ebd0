#pragma once

#include "adapters/postgres/parameters.hpp"
#include "base/time.hpp"
#include "core/change.hpp"
#include "core/member.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::postgres {

struct RosterName {
  std::string name;
  base::Millis ttl;
};

// How changes without an age are meant: as new, after whatever the store holds, or as copies of
// what happened at the time of the call. Copies of touches are rounded early, of leaves late.
enum class Origin { fresh, copied };

// The columns of the rows that the statements answer with.
struct AppliedColumns {
  static constexpr int kMember = 2, kLive = 3, kWasLive = 4, kLiveSince = 5;
};
struct CountColumns {
  static constexpr int kOnline = 0, kMoment = 1, kResetAt = 2, kResetAge = 3;
};
struct ResetColumns {
  static constexpr int kMoment = 0, kResetAt = 2;
};
struct ChangesColumns {
  static constexpr int kBlocks = 2, kOldestWriter = 3, kResetAge = 4, kPlace = 5, kMember = 6,
                       kLeave = 7, kAge = 8;
};
struct WritableColumns {
  static constexpr int kReadOnly = 0, kMissing = 1;
};

// A step of a pass over what was written by `since` (a transaction's number) or a later one.
struct ChangesStep {
  std::size_t part = 0;         // of the tables that a pass visits
  std::string since;            // empty: any
  std::string place;            // where to go on: "(block,row)", excluded
  std::uint32_t end_block = 0;  // excluded
  std::size_t limit = 0;        // of rows
};

// The statements of a roster, on the tables that hold it. Its state is, per member, a max register
// of its last touch and of its last leave; a reset is one leave for all (reset_at). Live: touch >
// greatest(leave, reset_at), and now - touch <= ttl. Each statement reads the server's clock once;
// no other clock counts. Times leave as microseconds since 1970, ages as milliseconds.
//
// Statements that write are dated (Query::dated), and so is what tells ages as of its call.
class RosterTable {
 public:
  virtual ~RosterTable() = default;

  // Merge the changes of distinct members, each statement a part of them. Rows: (moment, late,
  // member, live, was live, live since) of those who are not live now, or are so since after
  // `counted_at_us`; one of nulls when none is.
  virtual std::vector<Query> apply(const std::vector<core::Change>& changes, Origin origin,
                                   std::int64_t counted_at_us) const = 0;

  // One row: (live members, the moment, the latest reset, its age; 0 for none).
  virtual Query count() const = 0;

  // Rows: (member, last seen in ms, age) of those who are live.
  virtual Query find(const std::vector<core::MemberId>& members) const = 0;

  // Rows: (member), in bytewise order, of up to `limit` live ones after `member`.
  virtual Query list(std::string_view after, std::size_t limit) const = 0;

  // Everyone leaves: now, or that long ago. One row: (moment, late, the latest reset; null when
  // nothing is changed).
  virtual Query reset() const = 0;
  virtual Query reset(base::Millis age) const = 0;

  // Rows, in the order of their places: (moment, late, blocks of the table, the oldest transaction
  // under way, age of the latest reset or null, place, member, whether it is a leave, its age);
  // place and what follows are null in the only row of a step that finds nothing.
  virtual std::size_t parts() const = 0;
  virtual Query changes(const ChangesStep& step) const = 0;

  // One row: (whether the server takes no writes, the privileges that are missing).
  virtual Query check_writable() const = 0;
};

}  // namespace rollcall::postgres

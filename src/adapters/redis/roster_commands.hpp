#pragma once

#include "adapters/redis/cursor.hpp"
#include "adapters/redis/resp.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "core/group_commit.hpp"
#include "core/member.hpp"
#include "ports/roster_store.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::redis {

// How a time stands in the roster's sorted set.
enum class ScoreUnit { milliseconds, seconds };  // "1760000000125"; "1760000000.125000"

// Where a roster lives in Redis and how.
struct RosterLayout {
  std::string key;
  base::Millis ttl{0};
  ScoreUnit unit = ScoreUnit::milliseconds;
  base::Millis key_expiry{0};  // renewed by each touch; 0: none
};

// The keys of a roster. They share one slot of a cluster: by the braces around the roster's key,
// or by the hash tag that the key brings along. (A key with a stray closing brace has no such
// form; its keys share a server only.)
struct RosterKeys {
  explicit RosterKeys(std::string key);
  std::string listed(std::string_view listing) const;  // what one listing gave out already

  std::string roster;  // sorted set: member -> last touch
  std::string left;    // sorted set: member -> its leave, in ms
  std::string epoch;   // hash: id, reset_at, ...; gone with the data when a server loses them
  std::string probe;   // written and read to see whether it can be
  std::string stem;
};

// Until when a script may write: by the server's clock, which at the sending showed `sent` or
// more.
struct WriteWindow {
  base::WallTime sent;
  base::Millis patience{0};
};

// A member that this node touched, and that is in the roster unless it left.
struct Witness {
  std::string epoch;
  base::WallTime touched;
  std::string member;
};

// The age of a touch or leave as it comes, which is after all that the roster knows of the member.
inline constexpr base::Millis kFresh = base::Millis::min();

// What goes with the changes of a commit.
struct CommitCall {
  std::string_view new_epoch;
  WriteWindow window;
  std::optional<Witness> witness;
  base::Millis waited{0};  // since the ages were taken, but for kFresh
  bool merge = false;
  bool fills = false;                     // a merge
  std::optional<base::Millis> reset_age;  // of a merge
};

struct CommitReply {
  bool late = false;  // nothing was done; of the rest only `now` is told
  base::WallTime now;
  std::uint64_t online = 0;
  std::string epoch;  // empty: none is there yet
  std::optional<base::WallTime> reset_at;
  bool merging = false;
  bool more = false;  // the merge has to be sent again
};

struct ListReply {
  std::vector<core::MemberId> members;
  std::optional<ListCursor> next;
};

// The arguments of the scripts (their heads say what they mean) and what they answer. Replies of
// another shape are `internal`, "redis_reply".
Command commit_arguments(const RosterLayout&, const RosterKeys&, const CommitCall&,
                         std::span<const core::Change> changes);
Command reset_arguments(const RosterLayout&, const RosterKeys&, std::string_view new_epoch,
                        const WriteWindow&);
base::Result<CommitReply> parse_commit(const RespValue& reply);  // of reset too

Command sightings_arguments(const RosterKeys&, std::span<const core::MemberId> members);
base::Result<std::vector<std::optional<ports::Sighting>>> parse_sightings(const RosterLayout&,
                                                                          const RespValue& reply,
                                                                          std::size_t asked);

Command list_arguments(const RosterLayout&, const RosterKeys&, const ListCursor& from,
                       std::size_t limit);
// Members that are no ids (another program wrote them) are left out.
base::Result<ListReply> parse_list(const RespValue& reply, const ListCursor& from);

Command trim_arguments(const RosterLayout&, const RosterKeys&, std::size_t most);
base::Result<std::uint64_t> parse_trim(const RespValue& reply);  // how many members went

Command probe_arguments(const RosterKeys&, std::uint64_t number);
base::Result<base::Done> parse_probe(const RespValue& reply);  // "redis_replica"

}  // namespace rollcall::redis

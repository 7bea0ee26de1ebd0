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
  std::string epoch;   // hash: id, reset_at; gone with the data when a server loses them
  std::string stem;
};

struct CommitReply {
  std::uint64_t online = 0;
  base::WallTime now;
  std::string epoch;           // empty: none is there yet
  bool created_epoch = false;  // by this very call
};

struct ListReply {
  std::vector<core::MemberId> members;
  std::optional<ListCursor> next;
};

// The arguments of the scripts (their heads say what they mean) and what they answer. Replies of
// another shape are `internal`, "redis_reply".
Command commit_arguments(const RosterLayout&, const RosterKeys&, std::string_view new_epoch,
                         std::span<const core::Change> changes);
Command reset_arguments(const RosterLayout&, const RosterKeys&, std::string_view new_epoch);
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

}  // namespace rollcall::redis

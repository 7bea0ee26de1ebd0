#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "core/answer.hpp"
#include "core/member.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace rollcall::ports {

// Called exactly once, on the thread that made the request; possibly before the request returns.
template <typename T>
using Reply = std::function<void(base::Result<T>)>;

// A live member's last sign of life, by the store's clock.
struct Sighting {
  base::WallTime last_seen;
  base::Millis age;
};

struct MemberPage {
  std::vector<core::MemberId> members;
  std::string next;  // where to go on; empty at the end
};

// One roster. A member is live if and only if now - last_seen <= ttl (the boundary is live) and it
// has not left since; `now` is the store's clock. Merging is idempotent: last_seen only grows.
//
// Errors: `unavailable` and `timeout` (the change may have been made), `overloaded` (it was not),
// `invalid_argument` for a cursor that this store did not make.
class RosterStore {
 public:
  virtual ~RosterStore() = default;

  // Success means that the touch is in this store, and that the answer counts it. `age` tells how
  // long ago the sign of life was. A fresh one (zero) is after any leave or reset that the store
  // holds; an older one does not undo a later leave.
  virtual void touch(core::MemberId member, base::Millis age, Reply<core::Answer> reply) = 0;

  // The answer does not count the member. To leave without having been there is no error.
  virtual void leave(core::MemberId member, Reply<core::Answer> reply) = 0;

  virtual void count(Reply<core::Answer> reply) = 0;

  // One entry a member asked for, in the same order: its last sighting when live, else nothing.
  virtual void is_live(std::vector<core::MemberId> members,
                       Reply<std::vector<std::optional<Sighting>>> reply) = 0;

  // Up to `limit` live members from `cursor` on (empty: from the start). A member that is live
  // during the whole listing appears in it exactly once, however often it is touched meanwhile.
  virtual void list(std::string cursor, std::size_t limit, Reply<MemberPage> reply) = 0;

  // Everyone leaves at once.
  virtual void reset(Reply<base::Done> reply) = 0;

  // True when this store holds only the members whose home is this shard (the counts are still of
  // the whole roster); list, is_live and reset must then visit every shard's store.
  virtual bool partitioned() const = 0;
};

}  // namespace rollcall::ports

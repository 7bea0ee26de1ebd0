#pragma once

#include "base/metrics.hpp"
#include "base/time.hpp"
#include "core/handover.hpp"
#include "core/roster.hpp"
#include "core/shard_counts.hpp"
#include "ports/outage_board.hpp"
#include "ports/shared_roster_store.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rollcall::service {

struct HandoverCounters {
  base::Counter replayed_to_primary;  // changes of the shadow
  base::Counter replayed_to_fallback;
  base::Counter pulled;  // changes of the fallback that went into the primary
  base::Counter retried;   // changes that the primary failed, sent on
  base::Counter local;     // changes acknowledged from the shadow
  base::Counter losses;    // of the primary's data
};

// A roster that outlives its stores: the primary answers; while it is broken, the fallback; while
// both are, this place's own shadow of what it acknowledged within the last ttl. What core/handover
// decides is carried out here. One for each shard and roster, on the shard's thread.
class HandoverStore final : public ports::RosterStore, private ports::StoreEars {
 public:
  struct Options {
    std::string roster;
    std::string place;  // among all shards of all nodes
    core::HandoverOptions handover;
    std::size_t max_members = 0;  // of the shadow; beyond it a new member is refused
    // A change that no store has taken for so long is acknowledged from the shadow.
    base::Millis patience{700};
  };
  struct Stores {
    ports::SharedRosterStore& primary;
    ports::SharedRosterStore* fallback;  // null: none
    ports::OutageBoard* board;           // null when there is no fallback
  };
  using OnChange = std::function<void(const core::Handover::Change&)>;

  // `counts` are of the roster's shadows, one cell a shard. What it refers to outlives it.
  HandoverStore(Options options, Stores stores, std::shared_ptr<core::ShardCounts> counts,
                std::size_t shard, const core::MemberHash& hash, const base::Clock& clock,
                OnChange on_change);
  HandoverStore(const HandoverStore&) = delete;
  HandoverStore& operator=(const HandoverStore&) = delete;

  void tick();  // every 100 ms

  void touch(core::MemberId member, base::Millis age, ports::Reply<core::Answer> reply) override;
  void leave(core::MemberId member, ports::Reply<core::Answer> reply) override;
  void count(ports::Reply<core::Answer> reply) override;
  void is_live(std::vector<core::MemberId> members,
               ports::Reply<std::vector<std::optional<ports::Sighting>>> reply) override;
  // A cursor is good while the same store answers.
  void list(std::string cursor, std::size_t limit, ports::Reply<ports::MemberPage> reply) override;
  void reset(ports::Reply<base::Done> reply) override;
  // While the shadows answer. From any thread.
  bool partitioned() const override { return partitioned_.load(std::memory_order_relaxed); }

  const core::Handover& handover() const { return handover_; }  // on the shard's thread
  // From any thread; as of the latest tick.
  core::Handover::State state() const { return state_.load(std::memory_order_relaxed); }
  std::uint64_t shadow_members() const { return shadow_members_.load(std::memory_order_relaxed); }
  const HandoverCounters& counters() const { return counters_; }

 private:
  // A change, or a count, whose caller waits for an answer.
  struct Op;
  struct Held {
    std::uint64_t online = 0;
    base::WallTime at;
  };

  void on_lost() override;
  void on_reset(base::Millis age) override;
};

}  // namespace rollcall::service

#pragma once

#include "base/metrics.hpp"
#include "base/time.hpp"
#include "core/handover.hpp"
#include "core/member_slab.hpp"
#include "core/roster.hpp"
#include "core/shard_counts.hpp"
#include "ports/outage_board.hpp"
#include "ports/shared_roster_store.hpp"
#include "service/pull.hpp"
#include "service/replay.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/container/deque.hpp>

namespace rollcall::service {

struct HandoverCounters {
  base::Counter retried;  // changes and counts that a store failed, sent on to the next
  base::Counter local;    // changes acknowledged from the shadow
  base::Counter losses;   // of the primary's data
};

// A roster that outlives its stores: the primary answers; while it is broken, the fallback; while
// both are, this place's own shadow of what it acknowledged within the last ttl. What
// core/handover decides is carried out here. One for each shard and roster, on the shard's thread.
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

  // Somebody, another node or program, made everyone leave that long ago.
  void was_reset(base::Millis age) { forget_all(clock_.now() - age); }

  // Before the stores go: what they answer from now on is not heard.
  void close() { closed_ = true; }

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
  // From any thread; numbers as of the latest tick.
  core::Handover::State state() const { return state_.load(std::memory_order_relaxed); }
  std::uint64_t shadow_members() const { return shadow_members_.load(std::memory_order_relaxed); }
  const HandoverCounters& counters() const { return counters_; }
  // Changes of the shadow that went into a store, and of the fallback into the primary.
  std::uint64_t replayed(core::Tier tier) const;
  std::uint64_t pulled() const { return pull_ ? pull_->pulled().get() : 0; }

 private:
  // A change, or a count, whose caller waits.
  struct Op {
    enum class Kind : std::uint8_t { count, touch, leave };

    Kind kind = Kind::count;
    core::MemberText member;  // of a change
    base::WallTime arrived;
    base::WallTime began;  // the sign of life; before its arrival when it is reported late
    // Sent there, and not failed. What failed before it is in the shadow, no replay has brought.
    bool in_primary = false;
    bool in_fallback = false;
    ports::Reply<core::Answer> reply;  // empty: answered

    bool& is_in(core::Tier tier) { return tier == core::Tier::primary ? in_primary : in_fallback; }
    bool is_change() const { return kind != Kind::count; }
    core::MemberId member_id() const { return core::MemberId::parse(member.view()).value(); }
  };
  // In blocks, so that a beat allocates nothing for its wait.
  using OpBlocks = boost::container::deque_options<boost::container::block_size<128U>>::type;
  using Ops = boost::container::deque<Op, void, OpBlocks>;
  struct Exact {
    std::uint64_t online = 0;
    base::WallTime at;
  };
  using OpId = std::uint32_t;
  using Sightings = std::vector<std::optional<ports::Sighting>>;

  void on_lost() override;
  void on_reset(base::Millis age) override { was_reset(age); }

  // A limit of this process or a mistake of the caller: the store is well.
  static bool is_refusal(const base::Error& error) {
    return error.kind == base::Errc::overloaded || error.kind == base::Errc::invalid_argument;
  }

  void begin(Op::Kind kind, std::optional<core::MemberId> member, base::Millis age,
             ports::Reply<core::Answer> reply);
  Op* find(OpId id);
  void send(OpId id, core::Tier tier, base::WallTime now,
            std::optional<core::MemberId> member = std::nullopt);
  void send_besides(OpId id, core::Tier tier, base::WallTime now);
  void replied(OpId id, core::Tier tier, base::Result<core::Answer> answer);
  core::Tier next_after(core::Tier failed) const;
  void acknowledge(Op& op, core::Tier tier, core::Answer answer, base::WallTime now);
  base::WallTime date_of(const Op& op, base::WallTime now) const;
  void answer_locally(Op& op, base::WallTime now);
  void drop_answered();
  void end_patience(base::WallTime now);
  void note_failure(core::Tier tier, const base::Error& error, base::WallTime since);
  core::Answer complete(core::Answer answer, core::Tier tier, base::WallTime now);
  std::uint64_t floor(base::WallTime now);

  void ask(core::Tier tier, std::vector<core::MemberId> members, ports::Reply<Sightings> reply);
  void add_own(const std::vector<core::MemberId>& members, Sightings& sightings) const;
  void list_own(std::string_view cursor, std::size_t limit,
                const ports::Reply<ports::MemberPage>& reply) const;
  void reset_from(core::Tier tier, ports::Reply<base::Done> reply);
  void forget_all(base::WallTime at);

  void work(base::WallTime now);
  void probe(core::Tier tier, base::WallTime now);
  void replay(core::Tier tier, base::WallTime now);
  void look_at_board(base::WallTime now);
  void tell_changes();
  bool is_news(const core::Change& change) const;

  ports::SharedRosterStore& store(core::Tier tier) {
    return tier == core::Tier::primary ? stores_.primary : *stores_.fallback;
  }
  Replay& replay_into(core::Tier tier) {
    return tier == core::Tier::primary ? to_primary_ : *to_fallback_;
  }

  Options options_;
  Stores stores_;
  std::shared_ptr<core::ShardCounts> counts_;
  std::size_t shard_;
  const base::Clock& clock_;
  OnChange on_change_;
  core::Handover handover_;
  core::Roster shadow_;
  Replay to_primary_;
  std::optional<Replay> to_fallback_;
  std::optional<Pull> pull_;
  Ops ops_;  // in the order of their beginning
  OpId first_op_ = 0;
  bool closed_ = false;
  Exact exact_;  // the latest exact answer; later ones may count up to `settle` by it
  std::uint64_t told_changes_ = 0;
  std::atomic<bool> partitioned_{false};
  std::atomic<core::Handover::State> state_{core::Handover::State::normal};
  std::atomic<std::uint64_t> shadow_members_{0};
  HandoverCounters counters_;
};

}  // namespace rollcall::service

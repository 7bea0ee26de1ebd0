#pragma once

#include "base/time.hpp"
#include "core/member.hpp"
#include "core/roster.hpp"
#include "core/shard_counts.hpp"
#include "ports/roster_journal.hpp"
#include "ports/roster_store.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rollcall::memory {

struct MemoryRosterOptions {
  std::string name;
  base::Millis ttl{0};
  std::size_t max_members = 0;  // of this shard
};

// The part of a roster whose members have their home on one shard; every call is made on that
// shard's thread and answered before it returns. An answer counts the whole roster: this shard's
// members exactly, those of the others as of their last change or tick.
//
// Beyond the port: touch fails with `overloaded`, "roster_full", for a new member at max_members.
class MemoryRosterStore final : public ports::RosterStore {
 public:
  // Without a journal nothing outlives the process. The clock and the journal outlive the store.
  MemoryRosterStore(MemoryRosterOptions options, std::shared_ptr<core::ShardCounts> counts,
                    std::size_t shard, const core::MemberHash& hash, const base::Clock& clock,
                    ports::RosterJournal* journal);
  ~MemoryRosterStore() override;
  MemoryRosterStore(const MemoryRosterStore&) = delete;
  MemoryRosterStore& operator=(const MemoryRosterStore&) = delete;

  // At start, before the first touch: what the journal kept of this shard's members, in order of
  // last_seen. Returns how many of them are live again.
  std::size_t restore(std::vector<ports::JournalEntry> entries);

  // Every 100 ms: forgets who expired, publishes the count, and once a second hands the journal
  // what changed.
  void tick();

  void touch(core::MemberId member, base::Millis age, ports::Reply<core::Answer> reply) override;
  void leave(core::MemberId member, ports::Reply<core::Answer> reply) override;
  void count(ports::Reply<core::Answer> reply) override;
  void is_live(std::vector<core::MemberId> members,
               ports::Reply<std::vector<std::optional<ports::Sighting>>> reply) override;
  void list(std::string cursor, std::size_t limit, ports::Reply<ports::MemberPage> reply) override;
  void reset(ports::Reply<base::Done> reply) override;
  bool partitioned() const override { return true; }

 private:
  static constexpr base::Millis kHandOverEvery{1000};
  static constexpr std::size_t kHandOverAt = 4096;  // changes: a longer batch would stall the loop

  void expire(base::WallTime now);
  core::Answer answer(base::WallTime now);
  void note_touched(core::Slot slot);
  void note_gone(core::MemberId member);
  void hand_over_when_many();
  void hand_over();

  MemoryRosterOptions options_;
  std::shared_ptr<core::ShardCounts> counts_;
  std::size_t shard_;
  const base::Clock& clock_;
  ports::RosterJournal* journal_;
  core::Roster roster_;
  std::vector<core::Slot> touched_;        // since the last hand-over; may repeat
  std::vector<ports::JournalEntry> gone_;  // since the last hand-over
  base::WallTime next_hand_over_;
};

}  // namespace rollcall::memory

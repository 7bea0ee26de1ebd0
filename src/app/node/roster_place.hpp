#pragma once

#include "base/log.hpp"
#include "base/metrics.hpp"
#include "core/handover.hpp"
#include "service/handover_store.hpp"
#include "transport/http/node_status.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace rollcall::app {

inline constexpr std::array kHandoverStates{
    core::Handover::State::normal, core::Handover::State::recovering,
    core::Handover::State::fallback, core::Handover::State::local};  // from good to bad

core::Handover::State worse_of(core::Handover::State one, core::Handover::State other);

// Tells of each change of state of one roster on one shard: in the log, as a warning when it gets
// worse, and as numbers. Told on the shard's thread; the numbers are read on any.
class StateChanges {
 public:
  StateChanges(std::string roster, std::size_t shard, const base::Logger& logger)
      : roster_(std::move(roster)), shard_(shard), logger_(logger) {}

  void tell(const core::Handover::Change& change);
  std::uint64_t count(core::Handover::State to) const;

 private:
  std::string roster_;
  std::size_t shard_;
  const base::Logger& logger_;
  std::array<base::Counter, kHandoverStates.size()> by_state_;  // in the enumeration's order
};

// What one shard knows of a roster.
struct PlaceReport {
  core::Handover::State state = core::Handover::State::normal;
  std::uint64_t shadow_members = 0;
  std::deque<core::Handover::Change> history;  // oldest first
};

// A roster that is handed over, on one shard, as an operator sees it.
class RosterPlace {
 public:
  RosterPlace(std::string roster, std::size_t shard, const base::Logger& logger)
      : roster_(roster), changes_(std::move(roster), shard, logger) {}

  void watch(const service::HandoverStore& store) { store_ = &store; }  // before anything else

  const std::string& roster() const { return roster_; }
  StateChanges& changes() { return changes_; }
  const StateChanges& changes() const { return changes_; }
  const service::HandoverStore& store() const { return *store_; }

  PlaceReport report() const {  // on the shard's thread
    return {store_->state(), store_->shadow_members(), store_->handover().history()};
  }

 private:
  std::string roster_;
  StateChanges changes_;
  const service::HandoverStore* store_ = nullptr;
};

// A roster on all shards, in their order: the worst state, since the first shard came to it, or
// normal, since the last one did; and the latest changes by time. A shard without a change is as
// it is since `started`.
http::RosterStatus merge_places(std::string roster, const std::vector<PlaceReport>& places,
                                base::WallTime started);

}  // namespace rollcall::app

#pragma once

#include "base/metrics.hpp"
#include "base/time.hpp"
#include "core/roster.hpp"
#include "ports/shared_roster_store.hpp"
#include "service/transit.hpp"

#include <functional>

namespace rollcall::service {

// Takes a shadow into a store that lacks some of it: page after page, one at a time, so that
// fresh changes find their place between. What changes meanwhile goes there directly.
class Replay {
 public:
  using Done = std::function<void(base::Status)>;

  Replay(ports::SharedRosterStore& store, const core::Roster& shadow, const base::Clock& clock,
         bool with_leaves)
      : store_(store), shadow_(shadow), clock_(clock), with_leaves_(with_leaves) {}
  Replay(const Replay&) = delete;
  Replay& operator=(const Replay&) = delete;

  // All from `since` on. Not while one is under way.
  void begin(base::WallTime since, Done done);
  void tick();  // a large shadow is read a stretch a tick where nothing in it is asked for
  void cancel();

  const base::Counter& replayed() const { return replayed_; }

 private:
  void step();
  void merged(base::Status status, base::WallTime sent_at, std::size_t changes);
  void end(base::Status status);

  ports::SharedRosterStore& store_;
  const core::Roster& shadow_;
  const base::Clock& clock_;
  bool with_leaves_;
  Done done_;  // empty: nothing is under way
  base::WallTime since_;
  core::Slot at_ = 0;
  bool resets_ = false;   // the reset is still to be told
  bool waiting_ = false;  // for the store
  Transit transit_;
  base::Counter replayed_;
};

}  // namespace rollcall::service

#pragma once

#include "base/metrics.hpp"
#include "base/time.hpp"
#include "core/change.hpp"
#include "core/handover.hpp"
#include "ports/shared_roster_store.hpp"
#include "service/transit.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace rollcall::service {

// Takes what one store was told by other places into another, in passes: a page is read, and
// merged in parts, one at a time.
class Pull {
 public:
  // With the store that failed, if one did.
  using Done = std::function<void(const base::Status&, core::Tier failed)>;
  // Whether the change may be news to the other store.
  using Wanted = std::function<bool(const core::Change&)>;
  using OnReset = std::function<void(base::Millis age)>;

  Pull(ports::SharedRosterStore& from, ports::SharedRosterStore& into, const base::Clock& clock,
       Wanted wanted, OnReset on_reset);
  Pull(const Pull&) = delete;
  Pull& operator=(const Pull&) = delete;

  // What is newer than the latest whole pass, or all within the ttl. Not while one is under way.
  void begin(bool from_start, Done done);

  const base::Counter& pulled() const { return pulled_; }

 private:
  void read();
  void take(base::Result<ports::ChangesPage> page, base::WallTime asked_at);
  void merge_next();
  void end(const base::Status& status, core::Tier failed);

  ports::SharedRosterStore& from_;
  ports::SharedRosterStore& into_;
  const base::Clock& clock_;
  Wanted wanted_;
  OnReset on_reset_;
  Done done_;
  std::string mark_;  // of the latest whole pass
  std::string pass_mark_;
  std::string cursor_;
  std::string next_mark_;
  std::vector<core::Change> waiting_;  // of the page, from its end on; ages as of read_at_
  std::optional<base::Millis> reset_age_;
  base::WallTime read_at_;
  Transit transit_;
  base::Counter pulled_;
};

}  // namespace rollcall::service

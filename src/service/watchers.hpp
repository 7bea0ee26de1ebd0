#pragma once

#include "base/metrics.hpp"
#include "base/time.hpp"
#include "core/hub.hpp"
#include "ports/presence_store.hpp"
#include "service/relay.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <utility>
#include <vector>

namespace rollcall::service {

using Statuses = std::vector<std::pair<core::UserId, core::Status>>;

// Tells those who watch a user, whose home is this shard, of every change. A watcher hears online
// and offline in turn, whatever was lost or said twice on the way: a status that was told already
// is not told again, and an older event than the one told last is dropped.
class Watchers {
 public:
  Watchers(core::Hub& hub, Relay& relay, ports::PresenceStore& store, const base::Clock& clock)
      : hub_(hub), relay_(relay), store_(store), clock_(clock) {}

  // Answers how the users stand, after which each change is told.
  void watch(std::vector<core::UserId> users, core::ConnectionRef watcher, Reply<Statuses> reply);
  void unwatch(const std::vector<core::UserId>& users, core::ConnectionRef watcher);

  // An event that another node, or the reaper, tells of.
  void heard(const core::PresenceEvent& event);

  // What the store answered: an event, or a standing whose event was missed. A store that has lost
  // what it knew is believed when it is `settled`.
  void take(const core::UserId& user, core::HubUser& entry, const ports::Standing& standing,
            bool settled = false);

  // While the store is away: what this node knows of its own connections.
  void tell_own(const core::UserId& user, core::HubUser& entry, core::Reason reason);

  // Events may have been missed: looks at every watched user now, and once more `settled_after`
  // later, when all nodes have spoken. Only the later look believes that someone is gone.
  void look_again(base::Millis settled_after);

  void tick();

  std::uint64_t told() const { return told_.get(); }

 private:
  static constexpr std::size_t kUsersPerLook = 100;

  struct Question;
  struct Look {
    base::WallTime due;
    bool settled = false;
    core::UserId user;
  };

  void look_up(const std::shared_ptr<Question>& question);
  void answer(Question& question, const base::Result<std::vector<ports::Standing>>& found);
  void drop_if_idle(const core::UserId& user);
  void look_at(std::vector<Look> looks);
  void tell(const core::UserId& user, core::HubUser& entry, core::Status status,
            core::Reason reason, base::WallTime at);

  core::Hub& hub_;
  Relay& relay_;
  ports::PresenceStore& store_;
  const base::Clock& clock_;
  std::list<std::shared_ptr<Question>> open_;
  std::deque<Look> looks_;
  base::Counter told_;
};

}  // namespace rollcall::service

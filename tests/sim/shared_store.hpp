#pragma once

#include "core/presence_record.hpp"
#include "ports/presence_store.hpp"
#include "sim/schedule.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace rollcall::sim {

// The store of all nodes: the real rule of presence, with expiry, leases and indexes as Redis
// keeps them.
class SharedStore {
 public:
  static constexpr base::Millis kTtl{300'000};
  static constexpr base::Millis kLease{10'000};

  struct Node {
    base::WallTime lease_until;
    std::set<core::UserId> index;
  };

  explicit SharedStore(const Schedule& schedule) : schedule_(schedule) {}

  base::Result<ports::Standing> hold(core::Place node, const ports::Holding& holding);
  ports::Standing settle(core::Place node, const core::UserId& user);
  ports::Standing look_up(const core::UserId& user);
  bool renew(core::Place node);
  void resign(core::Place node);
  std::vector<core::PresenceEvent> reap();
  void wipe();

  // A store that hangs applies what it was sent when it goes on, before anything newer, though
  // the senders have given up.
  void hang_on(std::function<void()> sent) { sent_.push_back(std::move(sent)); }
  void go_on();

 private:
  struct Entry {
    core::PresenceRecord record;
    base::WallTime expires;
  };

  core::PresenceRecord& record(const core::UserId& user);
  ports::Standing stand(const core::UserId& user,
                        const std::optional<core::PresenceRecord::Event>& event);
  std::optional<core::PresenceEvent> name(const core::UserId& user,
                                          const std::optional<core::PresenceRecord::Event>& event);

  const Schedule& schedule_;
  std::map<core::UserId, Entry> entries_;
  std::map<core::Place, Node> nodes_;
  std::vector<std::function<void()>> sent_;
};

}  // namespace rollcall::sim

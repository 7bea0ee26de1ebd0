#pragma once

#include "core/presence.hpp"
#include "ports/roster_store.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rollcall::ports {

// How many connections of a user this shard of this node holds: the absolute number, so that
// saying it again, or twice, does no harm.
struct Holding {
  core::UserId user;
  std::uint32_t connections = 0;
  std::uint32_t away = 0;                         // of them
  core::Reason reason = core::Reason::connected;  // of the latest change
  base::Millis grace{0};    // when this takes the last one: how long the user stays online
  std::uint32_t limit = 0;  // refuse to grow beyond so many in the whole cluster; 0: none
};

// How a user stands in the whole cluster.
struct Standing {
  core::Status status = core::Status::offline;
  std::int64_t seq = 0;           // of the latest event; 0: none is known
  std::uint32_t connections = 0;  // on all nodes
  std::uint32_t places = 0;       // shards, of all nodes, that hold some
  base::Millis settle_in{0};      // > 0: no connection is left, and the grace runs so long still
  std::optional<core::PresenceEvent> event;  // caused by this very call
};

struct UserPage {
  std::vector<core::UserId> users;
  std::string next;  // where to go on; empty at the end
};

// Who is connected, over all shards and nodes. Every change is atomic for its user. Events are
// told once: to the caller in the reply, to the other nodes by the store itself.
//
// Errors: `unavailable` and `timeout` (the change may have been made), `overloaded`
// ("connection_limit": the user has `limit` connections; nothing was changed).
class PresenceStore {
 public:
  virtual ~PresenceStore() = default;

  // Says what this shard holds now. From none to some: online; from some to none: offline at once
  // without a grace, else when it has run out and `settle` is called. A grace given earlier for
  // the same absence is never shortened, except to zero.
  virtual void hold(Holding holding, Reply<Standing> reply) = 0;

  // Ends the user's grace, if it has run out.
  virtual void settle(core::UserId user, Reply<Standing> reply) = 0;

  // One standing a user asked for, in the same order.
  virtual void look_up(std::vector<core::UserId> users, Reply<std::vector<Standing>> reply) = 0;

  // Up to `limit` users after `cursor` (empty: from the start) who have connections, or had until
  // a moment ago, in the order of their ids.
  virtual void list(std::string cursor, std::size_t limit, Reply<UserPage> reply) = 0;

  // True when this store holds only the users whose home is this shard: list must then visit every
  // shard's store.
  virtual bool partitioned() const = 0;
};

// This node among the others. One a node; without other nodes there is none.
class NodeRegistry {
 public:
  virtual ~NodeRegistry() = default;

  // Renews this node's lease. False: it was not there, as before the first renewal, or the store
  // has lost data, or other nodes have taken this one for dead: every holding must be said again.
  virtual void renew(Reply<bool> reply) = 0;

  // Takes away a batch of what nodes whose lease has ended hold, and tells the events of it (the
  // other nodes hear them from the store). An empty answer: nothing was left to do. Repeating it,
  // or doing it on several nodes at once, tells no event twice. Only after the link has been up
  // for a whole lease: after an outage of the store all leases look dead.
  virtual void reap(Reply<std::vector<core::PresenceEvent>> reply) = 0;

  // Ends this node's lease: it has closed its connections and is about to stop.
  virtual void resign(Reply<base::Done> reply) = 0;
};

}  // namespace rollcall::ports

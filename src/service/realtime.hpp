#pragma once

#include "core/connection.hpp"
#include "core/message.hpp"
#include "core/presence.hpp"
#include "ports/message_bus.hpp"
#include "ports/presence_store.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace rollcall::service {

using ports::Reply;

// What became of a message to a user.
struct Delivery {
  bool live = false;
  std::uint32_t connections = 0;
  bool cluster_wide = true;  // false while the bus is down: this node's connections only
};

struct ExplainedUser {
  core::Status status = core::Status::offline;
  std::vector<ports::RemoteConnection> connections;
};

// Users, their connections and their messages, as one shard's transport sees them. Every call is
// made on that shard, and replies come back on it.
class Realtime {
 public:
  virtual ~Realtime() = default;

  // The reply comes when the user's subscription stands, with the number of the user's connections
  // on all nodes; soon, too, when the stores are down. Error: `overloaded`, "connection_limit".
  virtual void join(core::UserId user, core::Attachment attachment,
                    Reply<std::uint32_t> reply) = 0;
  virtual void leave(const core::UserId& user, core::ConnectionRef connection,
                     core::Reason reason) = 0;
  virtual void pong(const core::UserId& user, core::ConnectionRef connection) = 0;
  virtual void set_away(const core::UserId& user, core::ConnectionRef connection, bool away) = 0;

  // Tells the present status of each, then every change until unwatch.
  virtual void watch(std::vector<core::UserId> users, core::ConnectionRef watcher,
                     Reply<std::vector<std::pair<core::UserId, core::Status>>> reply) = 0;
  virtual void unwatch(std::vector<core::UserId> users, core::ConnectionRef watcher) = 0;

  virtual void send(core::UserId user, core::MessagePtr message, Reply<Delivery> reply) = 0;
  // True when every node was reached.
  virtual void broadcast(core::MessagePtr message, Reply<bool> reply) = 0;

  virtual void explain(core::UserId user, Reply<ExplainedUser> reply) = 0;
  virtual void disconnect(core::UserId user, Reply<base::Done> reply) = 0;
  virtual void list(std::string cursor, std::size_t limit, Reply<ports::UserPage> reply) = 0;
};

}  // namespace rollcall::service

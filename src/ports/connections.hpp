#pragma once

#include "core/connection.hpp"
#include "core/message.hpp"
#include "core/presence.hpp"

namespace rollcall::ports {

// The client connections of one shard, used on its thread. References to connections that have
// gone are ignored.
class Connections {
 public:
  virtual ~Connections() = default;

  // Puts the message into the connection's outbox; it leaves at the end of the loop turn. One that
  // reads too slowly is closed (4008).
  virtual void deliver(core::ConnectionRef connection, const core::MessagePtr& message) = 0;
  virtual void deliver_to_all(const core::MessagePtr& message) = 0;

  // Closes it: 4403 when kicked, 4429 over the limit of connections.
  virtual void kick(core::ConnectionRef connection) = 0;
};

}  // namespace rollcall::ports

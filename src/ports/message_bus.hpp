#pragma once

#include "core/message.hpp"
#include "core/presence.hpp"
#include "ports/roster_store.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace rollcall::ports {

// Close the user's connections, of every node.
struct Kick {};

// Who has connections of the user? Answered to the shard that asks, by each shard that has some.
struct Question {
  std::string reply_to;  // as the asking bus made it
  std::uint64_t number = 0;
};

struct RemoteConnection {
  std::string id;
  std::string node;
  base::WallTime connected_at;
  base::WallTime last_pong;
};

struct Answer {
  std::uint64_t number = 0;  // of the question
  std::vector<RemoteConnection> connections;
};

using UserItem = std::variant<core::MessagePtr, core::PresenceEvent, Kick, Question>;

// What presence knows of a user when a message is sent.
struct Reach {
  std::uint32_t connections = 0;  // on all nodes
  bool live = false;              // also through the grace
};

// Carries messages between nodes, one bus a shard. This shard's own never come back to it; the
// other shards of this node are not reached by it. FIFO for each publisher. Nothing is kept for
// those who are away: a subscriber that was cut off hears on_up() and looks for itself.
//
// Errors: `unavailable`, `timeout`, `overloaded`.
class MessageBus {
 public:
  // Called on the shard's thread, never from within a call to the bus.
  class Listener {
   public:
    virtual void on_user_item(const core::UserId& user, UserItem item) = 0;
    virtual void on_broadcast(const core::MessagePtr& message) = 0;
    virtual void on_answer(Answer answer) = 0;
    // All subscriptions stand (again): what was said meanwhile was missed.
    virtual void on_up() = 0;
    virtual void on_down() = 0;

   protected:
    ~Listener() = default;
  };

  virtual ~MessageBus() = default;
  virtual void listen(Listener& listener) = 0;

  // The subscription is kept, over reconnects too, until it is given up. The reply comes when it
  // stands, or with an error when the bus is down (it is then made with the others).
  virtual void subscribe(core::UserId user, Reply<base::Done> reply) = 0;
  virtual void unsubscribe(const core::UserId& user) = 0;

  // To the nodes that have the user, if any other has.
  virtual void send(core::UserId user, core::MessagePtr message, Reply<Reach> reply) = 0;
  virtual void broadcast(core::MessagePtr message, Reply<base::Done> reply) = 0;
  virtual void kick(core::UserId user, Reply<base::Done> reply) = 0;
  virtual void ask(core::UserId user, std::uint64_t number, Reply<base::Done> reply) = 0;
  virtual void answer(const Question& question, std::vector<RemoteConnection> connections) = 0;

  virtual bool is_up() const = 0;
  // Commands are answered, yet what this shard sends to itself has not come back for long.
  // From any thread.
  virtual bool is_wedged() const = 0;
};

}  // namespace rollcall::ports

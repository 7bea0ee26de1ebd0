#pragma once

#include "core/hub.hpp"
#include "ports/connections.hpp"
#include "ports/message_bus.hpp"
#include "ports/presence_store.hpp"
#include "ports/shard_mesh.hpp"
#include "service/realtime.hpp"
#include "service/watch_gate.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

namespace rollcall::service {

// Brings messages to connections: to this node's at once, to the other nodes' by the bus. It works
// on the home shard of the users it is asked about.
class Relay final : public ports::MessageBus::Listener {
 public:
  struct Options {
    std::size_t shard = 0;
    std::string node_name;
    base::Millis answer_wait{250};  // for other nodes' part of an explanation
  };
  // Told of what concerns presence, on the shard's thread.
  struct Ears {
    std::function<void(const core::PresenceEvent&)> heard;
    std::function<void()> bus_came_up;
  };

  // What a shard has for messages that come from another one.
  struct Outlet {
    ports::Connections* connections = nullptr;
    WatchGate* gate = nullptr;
  };

  // `outlets[i]` belongs to shard i. Without a bus this node is alone.
  Relay(Options options, core::Hub& hub, ports::ShardMesh& mesh, std::vector<Outlet> outlets,
        ports::MessageBus* bus, ports::PresenceStore& store, const base::Clock& clock);

  void set_ears(Ears ears) { ears_ = std::move(ears); }

  // Hears from now on what other nodes say of the user; `ready` once that stands, or cannot.
  void attend(const core::UserId& user, std::function<void()> ready);
  // The user's entry in the hub is gone.
  void part(const core::UserId& user);

  // A presence event, for one that watches.
  void tell(core::ConnectionRef watcher, const core::MessagePtr& event);
  void kick(core::ConnectionRef connection);

  void send(const core::UserId& user, const core::MessagePtr& message, Reply<Delivery> reply);
  void broadcast(const core::MessagePtr& message, Reply<bool> reply);
  void disconnect(const core::UserId& user, Reply<base::Done> reply);
  void explain(const core::UserId& user, Reply<ExplainedUser> reply);

  // Answers the explanations that have waited long enough.
  void tick();

  void on_user_item(const core::UserId& user, ports::UserItem item) override;
  void on_broadcast(const core::MessagePtr& message) override;
  void on_answer(ports::Answer answer) override;
  void on_up() override;
  void on_down() override {}

 private:
  static constexpr std::size_t kOpenQuestions = 1000;

  struct Inquiry {
    ExplainedUser user;
    std::uint32_t awaited = 0;
    base::WallTime deadline;
    Reply<ExplainedUser> reply;
  };

  void deliver(core::ConnectionRef connection, const core::MessagePtr& message);
  // The user's entry; null when this node has nothing of the user.
  const core::HubUser* deliver_here(const core::UserId& user, const core::MessagePtr& message);
  void broadcast_here(const core::MessagePtr& message);
  void kick_here(const core::UserId& user);
  std::vector<ports::RemoteConnection> connections_here(const core::UserId& user);
  void inquire(const core::UserId& user, const ports::Standing& standing, Reply<ExplainedUser>);
  void conclude(std::uint64_t number);

  Options options_;
  core::Hub& hub_;
  ports::ShardMesh& mesh_;
  std::vector<Outlet> outlets_;
  ports::MessageBus* bus_;
  ports::PresenceStore& store_;
  const base::Clock& clock_;
  Ears ears_;
  std::uint64_t next_question_ = 1;
  std::unordered_map<std::uint64_t, Inquiry> inquiries_;
};

}  // namespace rollcall::service

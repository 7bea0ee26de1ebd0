#pragma once

#include "service/home_shard.hpp"
#include "service/membership.hpp"
#include "sim/schedule.hpp"
#include "sim/shared_store.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace rollcall::sim {

// How a node's link to the store and the bus is.
enum class LinkState { up, refused, hung };

// What a watcher of all users was told, and the first breach of the alternation.
struct View {
  std::map<core::UserId, core::Status> status;
  std::string breach;

  void hear(const core::UserId& user, core::Status now);
};

// One node with one shard: the real service, its ports played by the simulation.
class SimNode final : public ports::PresenceStore,
                      public ports::NodeRegistry,
                      public ports::MessageBus,
                      public ports::Connections,
                      public ports::ShardMesh {
 public:
  using Tell = std::function<void(const core::PresenceEvent&, core::Place from)>;

  SimNode(core::Place id, Schedule& schedule, SharedStore& store, Tell publish);

  void watch(const std::vector<core::UserId>& users);
  void open_tab(const core::UserId& user);
  void close_tab(const core::UserId& user, core::Reason reason);
  void pong_all();
  void tick();
  void set_link(LinkState state);
  void hear(const core::PresenceEvent& event);

  core::Place id() const { return id_; }
  LinkState link() const { return link_; }
  std::size_t tabs(const core::UserId& user) const;
  const View& view() const { return view_; }

  void hold(ports::Holding holding, ports::Reply<ports::Standing> reply) override;
  void settle(core::UserId user, ports::Reply<ports::Standing> reply) override;
  void look_up(std::vector<core::UserId> users,
               ports::Reply<std::vector<ports::Standing>> reply) override;
  void list(std::string, std::size_t, ports::Reply<ports::UserPage>) override {}
  bool partitioned() const override { return false; }

  void renew(ports::Reply<bool> reply) override;
  void reap(ports::Reply<std::vector<core::PresenceEvent>> reply) override;
  void resign(ports::Reply<base::Done>) override {}

  void listen(Listener& listener) override { listener_ = &listener; }
  void subscribe(core::UserId user, ports::Reply<base::Done> reply) override;
  void unsubscribe(const core::UserId& user) override { subscriptions_.erase(user); }
  void send(core::UserId, core::MessagePtr, ports::Reply<ports::Reach>) override {}
  void broadcast(core::MessagePtr, ports::Reply<base::Done>) override {}
  void kick(core::UserId, ports::Reply<base::Done>) override {}
  void ask(core::UserId, std::uint64_t, ports::Reply<base::Done>) override {}
  void answer(const ports::Question&, std::vector<ports::RemoteConnection>) override {}
  bool is_up() const override { return link_ == LinkState::up; }
  bool is_wedged() const override { return false; }

  void deliver(core::ConnectionRef, const core::MessagePtr& message) override;
  void deliver_to_all(const core::MessagePtr&) override {}
  void kick(core::ConnectionRef) override {}

  std::size_t size() const override { return 1; }
  void post(std::size_t, std::function<void()> task) override;

 private:
  static constexpr base::Millis kLatency{2};
  static constexpr base::Millis kTimeout{150};

  struct Tab {
    core::UserId user;
    core::ConnectionRef ref;
  };

  template <typename T>
  void call(std::function<base::Result<T>()> apply, ports::Reply<T> reply);
  void later(base::Millis wait, std::function<void()> task);

  core::Place id_;
  Schedule& schedule_;
  SharedStore& store_;
  Tell publish_;
  LinkState link_ = LinkState::up;
  base::WallTime up_since_;
  Listener* listener_ = nullptr;
  std::set<core::UserId> subscriptions_;
  std::vector<Tab> tabs_;
  std::uint32_t next_slot_ = 1;
  View view_;
  service::WatchGate gate_;
  service::HomeShard home_;
  service::Membership membership_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();
};

}  // namespace rollcall::sim

#pragma once

#include "ports/shard_mesh.hpp"
#include "service/home_shard.hpp"
#include "service/realtime.hpp"
#include "service/watch_gate.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace rollcall::service {

// Realtime for one shard's transport: takes each call to the home shard of its user, and the
// answer back.
class ShardRealtime final : public Realtime {
 public:
  // `homes[i]` belongs to shard i, the gate to this one.
  ShardRealtime(std::size_t shard, ports::ShardMesh& mesh, core::MemberHash hash,
                std::vector<HomeShard*> homes, WatchGate& gate);

  void join(core::UserId user, core::Attachment attachment, Reply<std::uint32_t> reply) override;
  void leave(const core::UserId& user, core::ConnectionRef connection,
             core::Reason reason) override;
  void pong(const core::UserId& user, core::ConnectionRef connection) override;
  void set_away(const core::UserId& user, core::ConnectionRef connection, bool away) override;
  void watch(std::vector<core::UserId> users, core::ConnectionRef watcher,
             Reply<Statuses> reply) override;
  void unwatch(std::vector<core::UserId> users, core::ConnectionRef watcher) override;
  void send(core::UserId user, core::MessagePtr message, Reply<Delivery> reply) override;
  void broadcast(core::MessagePtr message, Reply<bool> reply) override;
  void explain(core::UserId user, Reply<ExplainedUser> reply) override;
  void disconnect(core::UserId user, Reply<base::Done> reply) override;
  void list(std::string cursor, std::size_t limit, Reply<ports::UserPage> reply) override;

 private:
  struct Listing;

  std::size_t home_of(const core::UserId& user) const {
    return hash_(user.text()) % homes_.size();
  }
  std::vector<std::vector<core::UserId>> by_home(std::vector<core::UserId> users) const;
  template <typename Task>
  void at(std::size_t shard, Task task);
  template <typename T, typename Ask>
  void ask(std::size_t shard, Reply<T> reply, Ask question);
  void list_partition(std::shared_ptr<Listing> listing);

  std::size_t shard_;
  ports::ShardMesh& mesh_;
  core::MemberHash hash_;
  std::vector<HomeShard*> homes_;
  WatchGate& gate_;
};

}  // namespace rollcall::service

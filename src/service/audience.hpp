#pragma once

#include "core/connection.hpp"
#include "core/message.hpp"
#include "ports/connections.hpp"
#include "ports/shard_mesh.hpp"

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

namespace rollcall::service {

// Those who look at this node: connections of no user, on any shard, that are told what it tells
// of itself. The first shard keeps the list.
class Audience {
 public:
  static constexpr std::size_t kObservers = 64;  // a node

  // `sockets`: those of each shard.
  Audience(ports::ShardMesh& mesh, std::vector<ports::Connections*> sockets);

  // Called on the connection's shard, where `reply` tells whether there was a place.
  void join(core::ConnectionRef observer, std::function<void(bool)> reply);
  void leave(core::ConnectionRef observer);

  // All that follows: on the first shard. `greet` is called for each who joins.
  void when_joined(std::function<void(core::ConnectionRef)> greet) { greet_ = std::move(greet); }
  bool is_empty() const { return size_ == 0; }
  void tell(core::ConnectionRef observer, const core::MessagePtr& message);
  void tell_all(const core::MessagePtr& message);
  void dismiss_all();  // closes them: who comes back is asked for a key again

 private:
  static constexpr std::size_t kHome = 0;
  using Observers = std::vector<core::ConnectionRef>;

  bool take(core::ConnectionRef observer);
  void drop(core::ConnectionRef observer);

  // For each shard that has some, there.
  template <typename Use>
  void for_each(Use use);

  ports::ShardMesh& mesh_;
  std::vector<ports::Connections*> sockets_;
  std::vector<Observers> observers_;  // by shard
  std::size_t size_ = 0;              // of them all
  std::function<void(core::ConnectionRef)> greet_;
};

}  // namespace rollcall::service

#pragma once

#include "ports/roster_store.hpp"
#include "ports/shard_mesh.hpp"

#include <cstddef>
#include <utility>

namespace rollcall::service {

// The way from one shard to what lives on another, and back with the answer.
class ShardDoor {
 public:
  ShardDoor(ports::ShardMesh& mesh, std::size_t here, std::size_t there)
      : mesh_(mesh), here_(here), there_(there) {}

  // Runs ask(reply) there; what it replies is replied here.
  template <typename T, typename Ask>
  void call(ports::Reply<T> reply, Ask ask) const {
    mesh_.post(there_, [mesh = &mesh_, here = here_, ask = std::move(ask),
                        reply = std::move(reply)]() mutable {
      ask([mesh, here, reply = std::move(reply)](base::Result<T> result) mutable {
        mesh->post(here, [reply = std::move(reply), result = std::move(result)]() mutable {
          reply(std::move(result));
        });
      });
    });
  }

 private:
  ports::ShardMesh& mesh_;
  std::size_t here_;
  std::size_t there_;
};

}  // namespace rollcall::service

#pragma once

#include <cstddef>
#include <functional>

namespace rollcall::ports {

// The threads of this process, which share nothing: the only way from one to another is to post.
class ShardMesh {
 public:
  virtual ~ShardMesh() = default;

  virtual std::size_t size() const = 0;

  // Runs `task` on that shard's thread, after what was posted there by this thread before. Never
  // runs it at once, also when `shard` is the caller's own.
  virtual void post(std::size_t shard, std::function<void()> task) = 0;
};

}  // namespace rollcall::ports

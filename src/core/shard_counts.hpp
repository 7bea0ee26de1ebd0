#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace rollcall::core {

// How many members of one roster live on each shard. A shard writes its own number; all read it
// without a lock. Each stands on a cache line of its own.
class ShardCounts {
 public:
  explicit ShardCounts(std::size_t shards) : cells_(shards) {}

  std::size_t size() const { return cells_.size(); }

  void publish(std::size_t shard, std::uint64_t live) {
    cells_[shard].live.store(live, std::memory_order_release);
  }

  // The members of every shard but this one.
  std::uint64_t others(std::size_t shard) const {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      if (i != shard) sum += cells_[i].live.load(std::memory_order_acquire);
    }
    return sum;
  }

 private:
  struct alignas(64) Cell {
    std::atomic<std::uint64_t> live{0};
  };
  std::vector<Cell> cells_;
};

}  // namespace rollcall::core

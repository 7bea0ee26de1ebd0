#pragma once

#include "ports/shard_mesh.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <utility>

namespace rollcall::service {

// Two shards on the test's thread: keeps what is posted until it is run, and knows on which shard
// it runs.
class QueuedMesh final : public ports::ShardMesh {
 public:
  std::size_t size() const override { return 2; }
  void post(std::size_t shard, std::function<void()> task) override {
    tasks_.emplace_back(shard, std::move(task));
  }

  std::size_t here() const { return here_; }
  bool idle() const { return tasks_.empty(); }
  void run() {
    for (; !tasks_.empty(); tasks_.pop_front()) {
      here_ = tasks_.front().first;
      tasks_.front().second();
    }
    here_ = 0;
  }

 private:
  std::deque<std::pair<std::size_t, std::function<void()>>> tasks_;
  std::size_t here_ = 0;
};

}  // namespace rollcall::service

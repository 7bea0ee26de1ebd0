#pragma once

#include "ports/shard_mesh.hpp"

#include <memory>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

namespace rollcall::app {

// The loops of all shards; each is run by one thread.
class LoopMesh final : public ports::ShardMesh {
 public:
  explicit LoopMesh(std::size_t shards) {
    for (std::size_t i = 0; i < shards; ++i) loops_.push_back(std::make_unique<Loop>());
  }

  std::size_t size() const override { return loops_.size(); }
  void post(std::size_t shard, std::function<void()> task) override {
    boost::asio::post(loops_[shard]->context, std::move(task));
  }
  boost::asio::io_context& loop(std::size_t shard) { return loops_[shard]->context; }

 private:
  struct Loop {
    boost::asio::io_context context{1};  // one thread runs it
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{
        context.get_executor()};
  };
  std::vector<std::unique_ptr<Loop>> loops_;
};

}  // namespace rollcall::app

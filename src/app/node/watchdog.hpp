#pragma once

#include "base/time.hpp"
#include "ports/shard_mesh.hpp"

#include <functional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace rollcall::app {

// Asks all shards at an interval whether their loops still turn, and reports once all have
// answered. A shard that hangs is asked once, and there is no report until it answers. Belongs to
// `loop`, whose thread is none of the shards', and outlives the shards' threads.
class Watchdog {
 public:
  // `interval`: the longest that the supervisor waits for a report; 0: nothing is ever asked.
  Watchdog(boost::asio::io_context& loop, ports::ShardMesh& shards, base::Millis interval,
           std::function<void()> on_alive);

  void start();

 private:
  static constexpr int kAsksPerInterval = 3;

  void ask();
  void answered();

  boost::asio::io_context& loop_;
  ports::ShardMesh& shards_;
  base::Millis every_;
  std::function<void()> on_alive_;
  boost::asio::steady_timer timer_;
  std::size_t unanswered_ = 0;
};

}  // namespace rollcall::app

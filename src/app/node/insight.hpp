#pragma once

#include "adapters/redis/node_list.hpp"
#include "service/audience.hpp"
#include "service/cluster.hpp"
#include "service/history.hpp"
#include "transport/http/insight_json.hpp"

#include <chrono>
#include <memory>

#include <boost/asio/basic_waitable_timer.hpp>

namespace rollcall::app {

struct Node;

// What the node remembers of itself and sees of the others, for whoever looks: those who ask, and
// those who look on, who are told once a second. The first shard's: it reads the numbers that all
// shards keep.
class Insight {
 public:
  explicit Insight(Node& node);  // before anything runs
  Insight(const Insight&) = delete;
  Insight& operator=(const Insight&) = delete;

  service::Audience& audience() { return audience_; }
  void start() { tick(); }  // on the shard's thread, as is all that follows

  const service::History& history() const { return history_; }
  http::ClusterStatus cluster() const;

 private:
  static constexpr std::chrono::milliseconds kTick{500};
  static constexpr base::Millis kTellEvery{1'000};

  void tick();
  void greet(core::ConnectionRef observer);
  void tell_node();

  Node& node_;
  service::History history_;
  std::unique_ptr<redis::RedisNodeList> list_;  // null: this node is alone
  std::unique_ptr<service::Cluster> cluster_;   // likewise
  service::Audience audience_;
  core::MessagePtr told_;  // the latest, while somebody looks on
  base::WallTime next_tell_;
  bool gathering_ = false;
  boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                    boost::asio::wait_traits<std::chrono::steady_clock>,
                                    boost::asio::io_context::executor_type>
      timer_;
};

// The WebSockets of users, over all shards. From any thread.
std::uint64_t open_websockets(const Node& node);

}  // namespace rollcall::app

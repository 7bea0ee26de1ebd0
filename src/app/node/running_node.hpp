#pragma once

#include "app/node/compose.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace rollcall::app {

// A composed node with its threads: starts, drains and stops them. Used by the main thread.
class RunningNode {
 public:
  explicit RunningNode(std::unique_ptr<Node> node) : node_(std::move(node)) {}
  RunningNode(const RunningNode&) = delete;
  RunningNode& operator=(const RunningNode&) = delete;
  ~RunningNode() { stop(); }

  // Opens the listeners, then runs the loops. The error says which address cannot be had.
  base::Status start();

  std::string url() const;  // "http://127.0.0.1:8085"
  ports::ShardMesh& shards() { return node_->mesh; }

  // `on_empty` is called once, on a shard's thread, when the last connection has gone.
  void drain(std::function<void()> on_empty);
  void stop();

  // Takes over rules, rosters and policies of a changed configuration: all of it or, with an
  // error, nothing. Asks the databases of new policies meanwhile.
  base::Status reload(const Config& config, std::shared_ptr<const http::AccessRules> rules);

 private:
  using OnShard = std::function<void(Shard&, const std::function<void()>& done)>;

  void on_every_shard(std::size_t times, const OnShard& begin, std::function<void()> done);
  void while_halted(const std::function<void()>& change);
  base::Status listen();
  void run(std::size_t index);

  std::unique_ptr<Node> node_;
  std::vector<std::thread> threads_;
  boost::asio::ip::tcp::endpoint endpoint_;
};

}  // namespace rollcall::app

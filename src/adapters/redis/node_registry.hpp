#pragma once

#include "adapters/redis/lease_text.hpp"
#include "adapters/redis/link.hpp"
#include "adapters/redis/presence_commands.hpp"
#include "adapters/redis/script.hpp"
#include "base/log.hpp"
#include "base/time.hpp"
#include "core/connection.hpp"
#include "ports/presence_store.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rollcall::redis {

struct NodeRegistryOptions {
  core::Uuid node;
  std::string name;  // for people
  std::string presence_prefix = "presence:";
  base::Millis presence_ttl{300'000};
  base::Millis lease{10'000};  // renew it three times within
  std::size_t reap_batch = 200;
  base::WallTime started{};                              // told to the other nodes, as is
  std::function<std::uint64_t()> connections = nullptr;  // how many WebSockets it has
};

// The nodes of a cluster in Redis: each with a lease, and an index of its users that outlives it.
// Works on the link's thread; callers that wait when it is destroyed are dropped uncalled.
class RedisNodeRegistry final : public ports::NodeRegistry {
 public:
  RedisNodeRegistry(NodeRegistryOptions options, Link& link, const base::Logger& logger);

  void renew(ports::Reply<bool> reply) override;
  // One at a time: a call while another is under way is answered with nothing.
  void reap(ports::Reply<std::vector<core::PresenceEvent>> reply) override;
  void resign(ports::Reply<base::Done> reply) override;

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;
  struct Batch;

  template <typename Task>
  auto while_alive(Task task);

  bool may_reap() const;
  void find_dead(const RespValue& nodes);
  void sweep();
  void reap_users(const RespValue& ids);
  void finish_batch(Batch& batch);
  void forget(const std::string& node, std::function<void()> then);
  void finish(base::Result<std::vector<core::PresenceEvent>> events);

  NodeRegistryOptions options_;
  PresenceCaller caller_;
  Link& link_;
  const base::Logger& logger_;
  Script renew_;
  Script presence_;
  Script forget_;
  // The answer to a renewal was lost, and what it said of the lease with it.
  bool in_doubt_ = false;
  std::optional<SteadyTime> up_since_;
  std::deque<std::string> dead_;  // nodes to be swept; the first one from the id `swept_to_` on
  std::string swept_to_;
  ports::Reply<std::vector<core::PresenceEvent>> reaping_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();  // callbacks hold it weakly
};

}  // namespace rollcall::redis

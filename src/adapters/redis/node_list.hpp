#pragma once

#include "adapters/redis/link.hpp"
#include "ports/node_list.hpp"

#include <memory>
#include <vector>

namespace rollcall::redis {

// Reads what the nodes' registries keep in Redis. Works on the link's thread; callers that wait
// when it is destroyed are dropped uncalled.
class RedisNodeList final : public ports::NodeList {
 public:
  explicit RedisNodeList(Link& link) : link_(link) {}

  void list(ports::Reply<std::vector<ports::ListedNode>> reply) override;

 private:
  struct Listing;

  void read_leases(const std::shared_ptr<Listing>& listing);

  Link& link_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();  // callbacks hold it weakly
};

}  // namespace rollcall::redis

#include "adapters/redis/node_list.hpp"

#include "adapters/redis/lease_text.hpp"
#include "adapters/redis/presence_keys.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace rollcall::redis {
namespace {

using ports::ListedNode;

std::vector<ListedNode> nodes_of(const RespValue& names) {
  std::vector<ListedNode> nodes;
  for (std::size_t i = 0; i + 1 < names.elements.size(); i += 2) {
    nodes.push_back({names.elements[i].text, names.elements[i + 1].text, false, {}, {}});
  }
  std::ranges::sort(nodes, {}, &ListedNode::id);
  return nodes;
}

}  // namespace

struct RedisNodeList::Listing {
  std::vector<ListedNode> nodes;
  std::size_t missing = 0;
  std::optional<base::Error> error;
  ports::Reply<std::vector<ListedNode>> reply;

  void take(std::size_t i, const base::Result<RespValue>& lease) {
    if (!lease) error = lease.error();
    if (lease && lease.value().type != RespType::null) {
      nodes[i].leased = true;
      if (const auto told = parse_lease(lease.value().text)) {
        nodes[i].started = told->started;
        nodes[i].connections = told->connections;
      }
    }
    if (--missing > 0) return;
    error ? reply(*std::move(error)) : reply(std::move(nodes));
  }
};

void RedisNodeList::list(ports::Reply<std::vector<ListedNode>> reply) {
  link_.send(Command("HGETALL", kNodesKey),
             [this, alive = std::weak_ptr<char>(alive_),
              reply = std::move(reply)](const base::Result<RespValue>& names) mutable {
               if (alive.expired()) return;
               if (!names) return reply(names.error());
               auto listing = std::make_shared<Listing>();
               listing->nodes = nodes_of(names.value());
               listing->missing = listing->nodes.size();
               listing->reply = std::move(reply);
               if (listing->missing == 0) return listing->reply(std::vector<ListedNode>{});
               read_leases(listing);
             });
}

void RedisNodeList::read_leases(const std::shared_ptr<Listing>& listing) {
  // A reply may come before send returns, and take the nodes away.
  std::vector<std::string> keys;
  for (const ListedNode& node : listing->nodes) keys.push_back(lease_key(node.id));
  for (std::size_t i = 0; i < keys.size(); ++i) {
    link_.send(Command("GET", keys[i]), [alive = std::weak_ptr<char>(alive_), listing,
                                         i](const base::Result<RespValue>& lease) {
      if (!alive.expired()) listing->take(i, lease);
    });
  }
}

}  // namespace rollcall::redis

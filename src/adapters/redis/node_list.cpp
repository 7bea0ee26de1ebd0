#include "adapters/redis/node_list.hpp"

#include "adapters/redis/lease_text.hpp"
#include "adapters/redis/presence_keys.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace rollcall::redis {
namespace {

using ports::ListedNode;

// A lease of ten seconds, renewed every three, that has so little left was not renewed twice.
constexpr std::int64_t kOverdueMs = 4'000;

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
    const auto told = lease ? parse_lease(lease.value().text) : std::nullopt;
    if (told) {
      nodes[i].started = told->started;
      nodes[i].connections = told->connections;
    }
    one_done();
  }

  void take_left(std::size_t i, const base::Result<RespValue>& left_ms) {
    if (!left_ms) error = left_ms.error();
    nodes[i].leased = left_ms && left_ms.value().integer > kOverdueMs;
    one_done();
  }

  void one_done() {
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
               listing->missing = 2 * listing->nodes.size();
               listing->reply = std::move(reply);
               if (listing->missing == 0) return listing->reply(std::vector<ListedNode>{});
               read_leases(listing);
             });
}

void RedisNodeList::read_leases(const std::shared_ptr<Listing>& listing) {
  // A reply may come before send returns, and take the nodes away.
  std::vector<std::string> keys;
  for (const ListedNode& node : listing->nodes) keys.push_back(lease_key(node.id));
  const std::weak_ptr<char> alive = alive_;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    link_.send(Command("GET", keys[i]), [alive, listing, i](const base::Result<RespValue>& lease) {
      if (!alive.expired()) listing->take(i, lease);
    });
    link_.send(Command("PTTL", keys[i]),
               [alive, listing, i](const base::Result<RespValue>& left_ms) {
                 if (!alive.expired()) listing->take_left(i, left_ms);
               });
  }
}

}  // namespace rollcall::redis

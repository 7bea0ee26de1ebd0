#include "adapters/redis/node_registry.hpp"

#include <iterator>
#include <utility>

#include <embedded/rollcall_redis.hpp>

namespace rollcall::redis {
namespace {

// What no node renews or reaps for so long is left over from a cluster that has gone.
constexpr base::Millis kKeepNodes = std::chrono::hours(24);

}  // namespace

// The users of a dead node whose scripts are under way.
struct RedisNodeRegistry::Batch {
  std::string last;
  std::vector<core::PresenceEvent> events;
  std::size_t missing = 0;
  bool alive = false;  // the node has a lease again
  std::optional<base::Error> error;

  void take(const core::UserId& user, const base::Result<RespValue>& got) {
    if (got && says_leased(got.value())) {
      alive = true;
      return;
    }
    const auto reply = got ? parse_presence(got.value(), user) : got.error();
    if (!reply) {
      error = reply.error();
    } else if (reply.value().standing.event) {
      events.push_back(*reply.value().standing.event);
    }
  }
};

// Wraps a callback, so that it does nothing once the registry is gone.
template <typename Task>
auto RedisNodeRegistry::while_alive(Task task) {
  return [alive = std::weak_ptr<char>(alive_), task = std::move(task)](auto&&... arguments) {
    if (!alive.expired()) task(std::forward<decltype(arguments)>(arguments)...);
  };
}

RedisNodeRegistry::RedisNodeRegistry(NodeRegistryOptions options, Link& link,
                                     const base::Logger& logger)
    : options_(std::move(options)),
      caller_{PresenceKeys(options_.presence_prefix), options_.node.text(), "",
              options_.presence_ttl},
      link_(link),
      logger_(logger),
      renew_(scripts::renew_lease_lua()),
      presence_(scripts::presence_lua()),
      forget_(scripts::forget_node_lua()) {
  if (link.is_up()) up_since_ = std::chrono::steady_clock::now();
  link.watch(while_alive([this](bool up, std::string_view) {
    up_since_.reset();
    if (up) up_since_ = std::chrono::steady_clock::now();
  }));
}

void RedisNodeRegistry::renew(ports::Reply<bool> reply) {
  Command arguments(3, lease_key(caller_.node), kNodesKey, index_key(caller_.node));
  arguments.add(caller_.node).add(options_.name);
  arguments.add(options_.lease.count()).add(kKeepNodes.count());
  arguments.add(lease_text(options_.started, options_.connections ? options_.connections() : 0));
  renew_.call(link_, std::move(arguments),
              while_alive([this, reply = std::move(reply)](base::Result<RespValue> got) {
                const bool doubt = std::exchange(in_doubt_, !got.ok());
                if (!got) return reply(std::move(got).error());
                reply(got.value().integer == 1 && !doubt);
              }));
}

void RedisNodeRegistry::resign(ports::Reply<base::Done> reply) {
  link_.send(Command("DEL", lease_key(caller_.node)),
             while_alive([this, reply = std::move(reply)](base::Result<RespValue> got) {
               if (!got) return reply(std::move(got).error());
               forget(caller_.node, [reply] { reply(base::Done{}); });
             }));
}

bool RedisNodeRegistry::may_reap() const {
  return up_since_ && std::chrono::steady_clock::now() - *up_since_ >= options_.lease;
}

void RedisNodeRegistry::reap(ports::Reply<std::vector<core::PresenceEvent>> reply) {
  if (reaping_ || !may_reap()) return reply(std::vector<core::PresenceEvent>{});
  reaping_ = std::move(reply);
  if (!dead_.empty()) return sweep();
  link_.send(Command("HKEYS", kNodesKey), while_alive([this](base::Result<RespValue> nodes) {
               if (!nodes) return finish(std::move(nodes).error());
               find_dead(nodes.value());
             }));
}

void RedisNodeRegistry::find_dead(const RespValue& nodes) {
  auto missing = std::make_shared<std::size_t>(nodes.elements.size());
  auto error = std::make_shared<std::optional<base::Error>>();
  if (*missing == 0) return finish(std::vector<core::PresenceEvent>{});
  for (const RespValue& node : nodes.elements) {
    link_.send(Command("EXISTS", lease_key(node.text)),
               while_alive(
                   [this, missing, error, node = node.text](const base::Result<RespValue>& lease) {
                     if (!lease) *error = lease.error();
                     const bool dead = lease && lease.value().integer == 0 && node != caller_.node;
                     if (dead) dead_.push_back(node);
                     if (--*missing > 0) return;
                     *error ? finish(*std::move(*error)) : sweep();
                   }));
  }
}

void RedisNodeRegistry::sweep() {
  if (dead_.empty()) return finish(std::vector<core::PresenceEvent>{});
  link_.send(Command("ZRANGE", index_key(dead_.front()), "(" + swept_to_, "+", "BYLEX", "LIMIT", 0,
                     options_.reap_batch),
             while_alive([this](base::Result<RespValue> ids) {
               if (!ids) return finish(std::move(ids).error());
               if (!ids.value().elements.empty()) return reap_users(ids.value());
               const std::string node = std::move(dead_.front());
               dead_.pop_front();
               swept_to_.clear();
               forget(node, [this] { sweep(); });
             }));
}

void RedisNodeRegistry::reap_users(const RespValue& ids) {
  const std::string node = dead_.front();
  auto batch = std::make_shared<Batch>();
  batch->last = ids.elements.back().text;
  batch->missing = ids.elements.size();
  for (const RespValue& id : ids.elements) {
    const auto user = core::UserId::parse(id.text);
    if (!user) {
      link_.send(Command("ZREM", index_key(node), id.text),
                 while_alive([this, batch](const auto&) {
                   if (--batch->missing == 0) finish_batch(*batch);
                 }));
      continue;
    }
    presence_.call(
        link_, reap_arguments(caller_, user.value(), node),
        while_alive([this, batch, user = user.value()](const base::Result<RespValue>& got) {
          batch->take(user, got);
          if (--batch->missing == 0) finish_batch(*batch);
        }));
  }
}

void RedisNodeRegistry::finish_batch(Batch& batch) {
  swept_to_ = batch.last;
  if (batch.alive) {
    dead_.pop_front();
    swept_to_.clear();
  }
  // Events that were taken out of Redis are told nowhere else on this node.
  if (batch.error && batch.events.empty()) return finish(*std::move(batch.error));
  batch.events.empty() ? sweep() : finish(std::move(batch.events));
}

void RedisNodeRegistry::forget(const std::string& node, std::function<void()> then) {
  Command arguments(3, lease_key(node), kNodesKey, index_key(node), node);
  forget_.call(link_, std::move(arguments),
               while_alive([this, node, then = std::move(then)](const auto& forgotten) {
                 if (forgotten && forgotten.value().integer == 1) {
                   logger_.info("a node has gone", {{"node", node}});
                 }
                 then();
               }));
}

void RedisNodeRegistry::finish(base::Result<std::vector<core::PresenceEvent>> events) {
  if (!events) {
    dead_.clear();
    swept_to_.clear();
  }
  std::exchange(reaping_, nullptr)(std::move(events));
}

}  // namespace rollcall::redis

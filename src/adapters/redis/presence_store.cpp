#include "adapters/redis/presence_store.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include <embedded/rollcall_redis.hpp>

namespace rollcall::redis {
namespace {

// A longer script would keep other commands waiting.
constexpr std::size_t kLookUpBatch = 100;

// The pages of the nodes' indexes, which are merged when all are there.
struct IndexPages {
  std::vector<std::string> ids;
  std::size_t missing = 0;
  std::optional<base::Error> error;
};

ports::UserPage merge(IndexPages& pages, std::size_t limit) {
  std::ranges::sort(pages.ids);
  const auto repeated = std::ranges::unique(pages.ids);
  pages.ids.erase(repeated.begin(), repeated.end());
  const bool more = pages.ids.size() > limit;
  if (more) pages.ids.resize(limit);
  ports::UserPage page;
  for (const std::string& id : pages.ids) {
    auto user = core::UserId::parse(id);
    if (user) page.users.push_back(std::move(user).value());
  }
  if (more && !pages.ids.empty()) page.next = pages.ids.back();
  return page;
}

}  // namespace

// The answers of one look-up, in the order asked.
struct RedisPresenceStore::LookUp {
  std::vector<ports::Standing> standings;
  std::size_t missing = 0;
  std::optional<base::Error> error;
  ports::Reply<std::vector<ports::Standing>> reply;

  void take(std::size_t from, std::size_t count, const base::Result<RespValue>& got) {
    auto part = got ? parse_look_up(got.value(), count) : got.error();
    if (part) {
      const auto at = standings.begin() + static_cast<std::ptrdiff_t>(from);
      std::ranges::move(part.value(), at);
    } else {
      error = std::move(part).error();
    }
    if (--missing > 0) return;
    error ? reply(*std::move(error)) : reply(std::move(standings));
  }
};

// Wraps a callback, so that it does nothing once the store is gone.
template <typename Task>
auto RedisPresenceStore::while_alive(Task task) {
  return [alive = std::weak_ptr<char>(alive_), task = std::move(task)](auto&&... arguments) {
    if (!alive.expired()) task(std::forward<decltype(arguments)>(arguments)...);
  };
}

RedisPresenceStore::RedisPresenceStore(const RedisPresenceOptions& options, Link& link)
    : caller_{PresenceKeys(options.prefix), options.node.text(),
              place_of(options.node.text(), options.shard), options.ttl},
      index_(index_key(caller_.node)),
      link_(link),
      presence_(scripts::presence_lua()),
      look_up_(scripts::look_up_lua()) {}

void RedisPresenceStore::hold(ports::Holding holding, ports::Reply<ports::Standing> reply) {
  Command arguments = hold_arguments(caller_, holding);
  if (holding.connections == 0) {
    return call(holding.user, std::move(arguments), std::move(reply));
  }
  // Without its entry in the index a crash of this node would leave the user online.
  auto failure = std::make_shared<std::optional<base::Error>>();
  link_.send(Command("ZADD", index_, 0, holding.user.text()),
             [failure](const base::Result<RespValue>& added) {
               if (!added) *failure = added.error();
             });
  call(holding.user, std::move(arguments),
       [failure, reply = std::move(reply)](base::Result<ports::Standing> standing) {
         *failure ? reply(*std::move(*failure)) : reply(std::move(standing));
       });
}

void RedisPresenceStore::settle(core::UserId user, ports::Reply<ports::Standing> reply) {
  call(user, settle_arguments(caller_, user), std::move(reply));
}

void RedisPresenceStore::call(const core::UserId& user, Command arguments,
                              ports::Reply<ports::Standing> reply) {
  ++under_way_[user.text()];
  presence_.call(link_, std::move(arguments),
                 while_alive([this, user, reply = std::move(reply)](base::Result<RespValue> got) {
                   const auto calls = under_way_.find(user.text());
                   if (--calls->second == 0) under_way_.erase(calls);
                   if (!got) return reply(std::move(got).error());
                   auto parsed = parse_presence(got.value(), user);
                   if (!parsed) return reply(std::move(parsed).error());
                   reply(conclude(user, std::move(parsed).value()));
                 }));
}

// Through its grace a user stays in the index, so that others settle what this node cannot.
ports::Standing RedisPresenceStore::conclude(const core::UserId& user, PresenceReply reply) {
  const bool over = reply.standing.connections > 0 ||  // elsewhere
                    reply.standing.status == core::Status::offline;
  if (reply.here == 0 && over && !under_way_.contains(user.text())) {
    link_.send(Command("ZREM", index_, user.text()), [](const auto&) {});
  }
  return std::move(reply.standing);
}

void RedisPresenceStore::look_up(std::vector<core::UserId> users,
                                 ports::Reply<std::vector<ports::Standing>> reply) {
  if (users.empty()) return reply(std::vector<ports::Standing>{});
  auto look_up = std::make_shared<LookUp>();
  look_up->standings.resize(users.size());
  look_up->missing = (users.size() + kLookUpBatch - 1) / kLookUpBatch;
  look_up->reply = std::move(reply);
  for (std::size_t from = 0; from < users.size(); from += kLookUpBatch) {
    const std::size_t count = std::min(kLookUpBatch, users.size() - from);
    const auto batch = std::span(users).subspan(from, count);
    look_up_.call(link_, look_up_arguments(caller_.keys, batch),
                  while_alive([look_up, from, count](const base::Result<RespValue>& got) {
                    look_up->take(from, count, got);
                  }));
  }
}

void RedisPresenceStore::list(std::string cursor, std::size_t limit,
                              ports::Reply<ports::UserPage> reply) {
  if (!cursor.empty() && !core::UserId::parse(cursor).ok()) {
    return reply(base::Error{base::Errc::invalid_argument, "invalid_cursor",
                             "the cursor is not one that this list gave"});
  }
  link_.send(Command("HKEYS", kNodesKey),
             while_alive([this, cursor = std::move(cursor), limit,
                          reply = std::move(reply)](base::Result<RespValue> nodes) {
               if (!nodes) return reply(std::move(nodes).error());
               read_indexes(nodes.value(), cursor, limit, reply);
             }));
}

void RedisPresenceStore::read_indexes(const RespValue& nodes, const std::string& cursor,
                                      std::size_t limit, ports::Reply<ports::UserPage> reply) {
  if (nodes.elements.empty()) return reply(ports::UserPage{});
  auto pages = std::make_shared<IndexPages>();
  pages->missing = nodes.elements.size();
  const auto take = [pages, limit, reply = std::move(reply)](base::Result<RespValue> got) {
    if (got) {
      for (RespValue& id : got.value().elements) pages->ids.push_back(std::move(id.text));
    } else {
      pages->error = std::move(got).error();
    }
    if (--pages->missing > 0) return;
    pages->error ? reply(*std::move(pages->error)) : reply(merge(*pages, limit));
  };
  for (const RespValue& node : nodes.elements) {
    link_.send(
        Command("ZRANGE", index_key(node.text), "(" + cursor, "+", "BYLEX", "LIMIT", 0, limit + 1),
        while_alive(take));
  }
}

}  // namespace rollcall::redis

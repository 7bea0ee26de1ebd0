#include "service/shard_realtime.hpp"

#include "service/shard_position.hpp"

#include <memory>
#include <utility>

namespace rollcall::service {

// A page that is filled from one home after the other.
struct ShardRealtime::Listing {
  Reply<ports::UserPage> reply;
  ports::UserPage page;
  ShardPosition at;
  std::size_t limit = 0;
};

ShardRealtime::ShardRealtime(std::size_t shard, ports::ShardMesh& mesh, core::MemberHash hash,
                             std::vector<HomeShard*> homes, WatchGate& gate)
    : shard_(shard), mesh_(mesh), hash_(hash), homes_(std::move(homes)), gate_(gate) {}

// Posts to its own shard too: a connection may end while its user's connections are being walked.
template <typename Task>
void ShardRealtime::at(std::size_t shard, Task task) {
  mesh_.post(shard, [home = homes_[shard], task = std::move(task)]() mutable { task(*home); });
}

template <typename T, typename Ask>
void ShardRealtime::ask(std::size_t shard, Reply<T> reply, Ask question) {
  if (shard == shard_) return question(*homes_[shard], std::move(reply));
  at(shard,
     [this, question = std::move(question), reply = std::move(reply)](HomeShard& home) mutable {
       question(home, [this, reply = std::move(reply)](base::Result<T> result) mutable {
         mesh_.post(shard_, [reply = std::move(reply), result = std::move(result)]() mutable {
           reply(std::move(result));
         });
       });
     });
}

void ShardRealtime::join(core::UserId user, core::Attachment attachment,
                         Reply<std::uint32_t> reply) {
  const std::size_t home = home_of(user);
  ask<std::uint32_t>(
      home, std::move(reply),
      [user = std::move(user), attachment](HomeShard& there, Reply<std::uint32_t> done) {
        there.presence.join(user, attachment, std::move(done));
      });
}

void ShardRealtime::leave(const core::UserId& user, core::ConnectionRef connection,
                          core::Reason reason) {
  at(home_of(user), [user, connection, reason](HomeShard& home) {
    home.presence.leave(user, connection, reason);
  });
}

void ShardRealtime::pong(const core::UserId& user, core::ConnectionRef connection) {
  at(home_of(user), [user, connection](HomeShard& home) { home.presence.pong(user, connection); });
}

void ShardRealtime::set_away(const core::UserId& user, core::ConnectionRef connection, bool away) {
  at(home_of(user), [user, connection, away](HomeShard& home) {
    home.presence.set_away(user, connection, away);
  });
}

std::vector<std::vector<core::UserId>> ShardRealtime::by_home(
    std::vector<core::UserId> users) const {
  std::vector<std::vector<core::UserId>> parts(homes_.size());
  for (core::UserId& user : users) {
    const std::size_t home = home_of(user);
    parts[home].push_back(std::move(user));
  }
  return parts;
}

void ShardRealtime::watch(std::vector<core::UserId> users, core::ConnectionRef watcher,
                          Reply<Statuses> reply) {
  struct Gathering {
    Reply<Statuses> reply;
    Statuses statuses;
    std::size_t awaited;
  };
  auto gathering = std::make_shared<Gathering>(Gathering{std::move(reply), {}, homes_.size()});
  gate_.close(watcher);
  auto parts = by_home(std::move(users));
  for (std::size_t shard = 0; shard < homes_.size(); ++shard) {
    at(shard, [this, gathering, watcher, part = std::move(parts[shard])](HomeShard& home) {
      home.watchers.watch(part, watcher, [this, gathering, watcher](base::Result<Statuses> found) {
        mesh_.post(shard_, [this, gathering, watcher, found = std::move(found)] {
          const Statuses& known = found.value();
          gathering->statuses.insert(gathering->statuses.end(), known.begin(), known.end());
          if (--gathering->awaited > 0) return;
          gathering->reply(std::move(gathering->statuses));
          gate_.open(watcher);
        });
      });
    });
  }
}

void ShardRealtime::unwatch(std::vector<core::UserId> users, core::ConnectionRef watcher) {
  auto parts = by_home(std::move(users));
  for (std::size_t shard = 0; shard < homes_.size(); ++shard) {
    if (parts[shard].empty()) continue;
    at(shard, [watcher, part = std::move(parts[shard])](HomeShard& home) {
      home.watchers.unwatch(part, watcher);
    });
  }
}

void ShardRealtime::send(core::UserId user, core::MessagePtr message, Reply<Delivery> reply) {
  const std::size_t home = home_of(user);
  ask<Delivery>(home, std::move(reply),
                [user = std::move(user), message = std::move(message)](HomeShard& there,
                                                                       Reply<Delivery> done) {
                  there.relay.send(user, message, std::move(done));
                });
}

void ShardRealtime::broadcast(core::MessagePtr message, Reply<bool> reply) {
  homes_[shard_]->relay.broadcast(message, std::move(reply));
}

void ShardRealtime::explain(core::UserId user, Reply<ExplainedUser> reply) {
  const std::size_t home = home_of(user);
  ask<ExplainedUser>(home, std::move(reply),
                     [user = std::move(user)](HomeShard& there, Reply<ExplainedUser> done) {
                       there.relay.explain(user, std::move(done));
                     });
}

void ShardRealtime::disconnect(core::UserId user, Reply<base::Done> reply) {
  const std::size_t home = home_of(user);
  ask<base::Done>(home, std::move(reply),
                  [user = std::move(user)](HomeShard& there, Reply<base::Done> done) {
                    there.relay.disconnect(user, std::move(done));
                  });
}

void ShardRealtime::list(std::string cursor, std::size_t limit, Reply<ports::UserPage> reply) {
  if (!homes_[shard_]->store.partitioned()) {
    return homes_[shard_]->store.list(std::move(cursor), limit, std::move(reply));
  }
  auto listing = std::make_shared<Listing>();
  listing->reply = std::move(reply);
  listing->limit = limit;
  auto position = ShardPosition::parse(cursor, homes_.size());
  if (!position) return listing->reply(std::move(position).error());
  listing->at = std::move(position).value();
  list_partition(std::move(listing));
}

void ShardRealtime::list_partition(std::shared_ptr<Listing> listing) {
  const std::size_t room = listing->limit - listing->page.users.size();
  ask<ports::UserPage>(
      listing->at.shard,
      [this, listing](base::Result<ports::UserPage> part) {
        if (!part) return listing->reply(part.error());
        auto& users = listing->page.users;
        for (core::UserId& user : part.value().users) users.push_back(std::move(user));
        listing->at.advance(std::move(part.value().next));
        const bool ended = listing->at.shard == homes_.size();
        if (!ended && users.size() < listing->limit) return list_partition(listing);
        listing->page.next = listing->at.text(homes_.size());
        listing->reply(std::move(listing->page));
      },
      [cursor = listing->at.cursor, room](HomeShard& home, Reply<ports::UserPage> done) {
        home.store.list(cursor, room, std::move(done));
      });
}

}  // namespace rollcall::service

#include "service/roster.hpp"

#include "service/shard_door.hpp"
#include "service/shard_position.hpp"

#include <memory>
#include <utility>

namespace rollcall::service {
namespace {

using Sightings = std::vector<std::optional<ports::Sighting>>;

}  // namespace

// What several shards answer to one question about many members.
struct Roster::Gathering {
  Reply<Sightings> reply;
  Sightings sightings;
  std::size_t awaited = 0;
  std::optional<base::Error> error;
};

// A page that is filled from one partition after the other.
struct Roster::Listing {
  Reply<ports::MemberPage> reply;
  ports::MemberPage page;
  ShardPosition at;
  std::size_t limit = 0;
};

Roster::Roster(Options options, std::size_t shard, ports::ShardMesh& mesh, core::MemberHash hash,
               std::vector<ports::RosterStore*> stores)
    : options_(std::move(options)),
      shard_(shard),
      mesh_(mesh),
      hash_(hash),
      stores_(std::move(stores)) {}

std::size_t Roster::home_of(const core::MemberId& member) const {
  return hash_(member.text()) % stores_.size();
}

template <typename T, typename Ask>
void Roster::on_shard(std::size_t shard, Reply<T> reply, Ask ask) {
  if (shard == shard_) return ask(*stores_[shard], std::move(reply));
  const ShardDoor door(mesh_, shard_, shard);
  door.call<T>(std::move(reply), [store = stores_[shard], ask = std::move(ask)](
                                     Reply<T> done) mutable { ask(*store, std::move(done)); });
}

void Roster::touch(core::MemberId member, Reply<core::Answer> reply) {
  const std::size_t home = home_of(member);
  on_shard<core::Answer>(
      home, std::move(reply),
      [member = std::move(member)](ports::RosterStore& store, Reply<core::Answer> done) mutable {
        store.touch(std::move(member), base::Millis(0), std::move(done));
      });
}

void Roster::leave(core::MemberId member, Reply<core::Answer> reply) {
  const std::size_t home = home_of(member);
  on_shard<core::Answer>(
      home, std::move(reply),
      [member = std::move(member)](ports::RosterStore& store, Reply<core::Answer> done) mutable {
        store.leave(std::move(member), std::move(done));
      });
}

void Roster::count(Reply<core::Answer> reply) {
  on_shard<core::Answer>(
      nearest(), std::move(reply),
      [](ports::RosterStore& store, Reply<core::Answer> done) { store.count(std::move(done)); });
}

void Roster::is_live(std::vector<core::MemberId> members, Reply<Sightings> reply) {
  if (!partitioned()) {
    return on_shard<Sightings>(
        nearest(), std::move(reply),
        [asked = std::move(members)](ports::RosterStore& store, Reply<Sightings> done) mutable {
          store.is_live(std::move(asked), std::move(done));
        });
  }
  std::vector<std::vector<core::MemberId>> by_shard(stores_.size());
  std::vector<std::vector<std::size_t>> places(stores_.size());
  for (std::size_t i = 0; i < members.size(); ++i) {
    const std::size_t home = home_of(members[i]);
    by_shard[home].push_back(std::move(members[i]));
    places[home].push_back(i);
  }
  auto gathering = std::make_shared<Gathering>();
  gathering->reply = std::move(reply);
  gathering->sightings.resize(members.size());
  gathering->awaited = stores_.size();
  for (std::size_t shard = 0; shard < stores_.size(); ++shard) {
    Reply<Sightings> part = [gathering, place = places[shard]](base::Result<Sightings> found) {
      if (!found) gathering->error = found.error();
      for (std::size_t i = 0; found && i < place.size(); ++i) {
        gathering->sightings[place[i]] = found.value()[i];
      }
      if (--gathering->awaited > 0) return;
      if (gathering->error) return gathering->reply(*gathering->error);
      gathering->reply(std::move(gathering->sightings));
    };
    on_shard<Sightings>(
        shard, std::move(part),
        [asked = by_shard[shard]](ports::RosterStore& store, Reply<Sightings> done) {
          store.is_live(asked, std::move(done));
        });
  }
}

void Roster::list(std::string cursor, std::size_t limit, Reply<ports::MemberPage> reply) {
  if (!partitioned()) {
    return on_shard<ports::MemberPage>(
        nearest(), std::move(reply),
        [from = std::move(cursor), limit](ports::RosterStore& store,
                                          Reply<ports::MemberPage> done) mutable {
          store.list(std::move(from), limit, std::move(done));
        });
  }
  auto listing = std::make_shared<Listing>();
  listing->reply = std::move(reply);
  listing->limit = limit;
  auto position = ShardPosition::parse(cursor, stores_.size());
  if (!position) return listing->reply(std::move(position).error());
  listing->at = std::move(position).value();
  list_partition(std::move(listing));
}

void Roster::list_partition(std::shared_ptr<Listing> listing) {
  const std::size_t room = listing->limit - listing->page.members.size();
  on_shard<ports::MemberPage>(
      listing->at.shard,
      [this, listing](base::Result<ports::MemberPage> part) {
        if (!part) return listing->reply(part.error());
        auto& members = listing->page.members;
        for (core::MemberId& member : part.value().members) members.push_back(std::move(member));
        listing->at.advance(std::move(part.value().next));
        const bool ended = listing->at.shard == stores_.size();
        if (!ended && members.size() < listing->limit) return list_partition(listing);
        listing->page.next = listing->at.text(stores_.size());
        listing->reply(std::move(listing->page));
      },
      [cursor = listing->at.cursor, room](ports::RosterStore& store,
                                          Reply<ports::MemberPage> done) {
        store.list(cursor, room, std::move(done));
      });
}

void Roster::reset(Reply<base::Done> reply) {
  const auto reset_store = [](ports::RosterStore& store, Reply<base::Done> done) {
    store.reset(std::move(done));
  };
  if (!partitioned()) {
    return on_shard<base::Done>(nearest(), std::move(reply), reset_store);
  }
  struct Resets {
    std::size_t awaited;
    base::Status outcome;
  };
  auto resets = std::make_shared<Resets>(Resets{stores_.size(), base::Done{}});
  for (std::size_t shard = 0; shard < stores_.size(); ++shard) {
    on_shard<base::Done>(
        shard,
        [resets, reply](base::Result<base::Done> done) {
          if (!done) resets->outcome = std::move(done);
          if (--resets->awaited == 0) reply(std::move(resets->outcome));
        },
        reset_store);
  }
}

}  // namespace rollcall::service

#include "service/remote_store.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rollcall::service {

using core::Answer;
using core::MemberId;
using ports::Reply;

void RemoteStore::touch(MemberId member, base::Millis age, Reply<Answer> reply) {
  change({std::move(member), false, age}, std::move(reply));
}

void RemoteStore::leave(MemberId member, Reply<Answer> reply) {
  change({std::move(member), true, base::Millis{0}}, std::move(reply));
}

void RemoteStore::change(core::Change change, Reply<Answer> reply) {
  door_.call<Answer>(std::move(reply),
                     [this, change = std::move(change)](Reply<Answer> done) mutable {
                       store_.change(std::move(change), std::move(done));
                     });
}

void RemoteStore::count(Reply<Answer> reply) {
  door_.call<Answer>(std::move(reply),
                     [this](Reply<Answer> done) { store_.count(std::move(done)); });
}

void RemoteStore::is_live(std::vector<MemberId> members,
                          Reply<std::vector<std::optional<ports::Sighting>>> reply) {
  using Sightings = std::vector<std::optional<ports::Sighting>>;
  door_.call<Sightings>(std::move(reply),
                        [this, members = std::move(members)](Reply<Sightings> done) mutable {
                          store_.is_live(std::move(members), std::move(done));
                        });
}

void RemoteStore::list(std::string cursor, std::size_t limit, Reply<ports::MemberPage> reply) {
  door_.call<ports::MemberPage>(std::move(reply), [this, cursor = std::move(cursor),
                                                   limit](Reply<ports::MemberPage> done) mutable {
    store_.list(std::move(cursor), limit, std::move(done));
  });
}

void RemoteStore::reset(Reply<base::Done> reply) {
  door_.call<base::Done>(std::move(reply),
                         [this](Reply<base::Done> done) { store_.reset(std::move(done)); });
}

void RemoteStore::merge(ports::Merge merge, Reply<base::Done> reply) {
  door_.call<base::Done>(std::move(reply),
                         [this, merge = std::move(merge)](Reply<base::Done> done) mutable {
                           store_.merge(std::move(merge), std::move(done));
                         });
}

void RemoteStore::probe(Reply<base::Done> reply) {
  door_.call<base::Done>(std::move(reply),
                         [this](Reply<base::Done> done) { store_.probe(std::move(done)); });
}

void RemoteStore::changes(std::string mark, std::string cursor, Reply<ports::ChangesPage> reply) {
  door_.call<ports::ChangesPage>(
      std::move(reply), [this, mark = std::move(mark),
                         cursor = std::move(cursor)](Reply<ports::ChangesPage> done) mutable {
        store_.changes(std::move(mark), std::move(cursor), std::move(done));
      });
}

void ResetEcho::on_reset(base::Millis age) {
  for (const Listener& listener : listeners_) {
    mesh_.post(listener.shard, [store = listener.store, age] { store->was_reset(age); });
  }
}

void RemoteBoard::exchange(const std::string& roster, const std::string& place,
                           std::optional<core::OutageEntry> own,
                           Reply<std::vector<core::OutageEntry>> reply) {
  using Entries = std::vector<core::OutageEntry>;
  door_.call<Entries>(std::move(reply), [this, roster, place, own](Reply<Entries> done) {
    board_.exchange(roster, place, own, std::move(done));
  });
}

}  // namespace rollcall::service

#pragma once

#include "ports/roster_store.hpp"
#include "ports/shard_mesh.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rollcall::service {

using ports::Reply;

// One roster as one shard sees it. A member's home shard is hash(member) mod shards: its touches
// go there, so that they batch there and a store in memory needs no lock. Replies come back on the
// shard that asked.
class Roster {
 public:
  struct Options {
    std::string name;
    base::Millis ttl;
  };

  // `stores[i]` belongs to shard i, and is used on it only. A store that is one for the whole node
  // stands alone, on the first shard.
  Roster(Options options, std::size_t shard, ports::ShardMesh& mesh, core::MemberHash hash,
         std::vector<ports::RosterStore*> stores);

  const std::string& name() const { return options_.name; }
  base::Millis ttl() const { return options_.ttl; }

  void touch(core::MemberId member, Reply<core::Answer> reply);
  void leave(core::MemberId member, Reply<core::Answer> reply);
  void count(Reply<core::Answer> reply);
  void is_live(std::vector<core::MemberId> members,
               Reply<std::vector<std::optional<ports::Sighting>>> reply);
  void list(std::string cursor, std::size_t limit, Reply<ports::MemberPage> reply);
  void reset(Reply<base::Done> reply);

 private:
  struct Gathering;
  struct Listing;

  std::size_t home_of(const core::MemberId& member) const;
  std::size_t nearest() const { return shard_ < stores_.size() ? shard_ : 0; }
  bool partitioned() const { return stores_.front()->partitioned(); }
  template <typename T, typename Ask>
  void on_shard(std::size_t shard, Reply<T> reply, Ask ask);
  void list_partition(std::shared_ptr<Listing> listing);

  Options options_;
  std::size_t shard_;
  ports::ShardMesh& mesh_;
  core::MemberHash hash_;
  std::vector<ports::RosterStore*> stores_;
};

}  // namespace rollcall::service

#pragma once

#include "ports/outage_board.hpp"
#include "ports/shared_roster_store.hpp"
#include "service/handover_store.hpp"
#include "service/shard_door.hpp"

#include <cstddef>
#include <vector>

namespace rollcall::service {

// A node's one store, as another of its shards uses it.
class RemoteStore final : public ports::SharedRosterStore {
 public:
  RemoteStore(ShardDoor door, ports::SharedRosterStore& store) : door_(door), store_(store) {}

  void touch(core::MemberId member, base::Millis age, ports::Reply<core::Answer> reply) override;
  void leave(core::MemberId member, ports::Reply<core::Answer> reply) override;
  void count(ports::Reply<core::Answer> reply) override;
  void is_live(std::vector<core::MemberId> members,
               ports::Reply<std::vector<std::optional<ports::Sighting>>> reply) override;
  void list(std::string cursor, std::size_t limit, ports::Reply<ports::MemberPage> reply) override;
  void reset(ports::Reply<base::Done> reply) override;
  bool partitioned() const override { return false; }

  void change(core::Change change, ports::Reply<core::Answer> reply) override;
  void merge(ports::Merge merge, ports::Reply<base::Done> reply) override;
  void probe(ports::Reply<base::Done> reply) override;
  void changes(std::string mark, std::string cursor,
               ports::Reply<ports::ChangesPage> reply) override;
  void listen(ports::StoreEars&) override {}  // the store has its listener on its own shard

 private:
  ShardDoor door_;
  ports::SharedRosterStore& store_;
};

// Takes a reset that a node's one store noticed to the shadows on all shards.
class ResetEcho final : public ports::StoreEars {
 public:
  explicit ResetEcho(ports::ShardMesh& mesh) : mesh_(mesh) {}

  void add(std::size_t shard, HandoverStore& store) { listeners_.push_back({shard, &store}); }

  void on_lost() override {}
  void on_reset(base::Millis age) override;

 private:
  struct Listener {
    std::size_t shard;
    HandoverStore* store;
  };

  ports::ShardMesh& mesh_;
  std::vector<Listener> listeners_;
};

class RemoteBoard final : public ports::OutageBoard {
 public:
  RemoteBoard(ShardDoor door, ports::OutageBoard& board) : door_(door), board_(board) {}

  void exchange(const std::string& roster, const std::string& place,
                std::optional<core::OutageEntry> own,
                ports::Reply<std::vector<core::OutageEntry>> reply) override;

 private:
  ShardDoor door_;
  ports::OutageBoard& board_;
};

}  // namespace rollcall::service

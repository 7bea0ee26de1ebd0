#pragma once

#include "adapters/redis/link.hpp"
#include "adapters/redis/presence_commands.hpp"
#include "adapters/redis/script.hpp"
#include "base/time.hpp"
#include "core/connection.hpp"
#include "ports/presence_store.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

namespace rollcall::redis {

struct RedisPresenceOptions {
  core::Uuid node;
  std::size_t shard = 0;
  std::string prefix = "presence:";
  base::Millis ttl{300'000};  // of what is not held again
};

// Presence in Redis: presence.lua changes all keys of a user at once, and publishes the event
// itself. Before it a node's index takes the user in, so that whatever a dead node held is found.
// Works on the link's thread; callers that wait when it is destroyed are dropped uncalled.
//
// All calls for a user come from the user's home shard. Who got settle_in > 0 calls settle then,
// also when the user has come back elsewhere: it takes the user out of this node's index.
class RedisPresenceStore final : public ports::PresenceStore {
 public:
  RedisPresenceStore(const RedisPresenceOptions& options, Link& link);

  void hold(ports::Holding holding, ports::Reply<ports::Standing> reply) override;
  void settle(core::UserId user, ports::Reply<ports::Standing> reply) override;
  void look_up(std::vector<core::UserId> users,
               ports::Reply<std::vector<ports::Standing>> reply) override;
  // Over the indexes of all nodes. A cursor is the id to go on after; any other fails with
  // `invalid_argument`, "invalid_cursor".
  void list(std::string cursor, std::size_t limit, ports::Reply<ports::UserPage> reply) override;
  bool partitioned() const override { return false; }

 private:
  struct LookUp;

  template <typename Task>
  auto while_alive(Task task);

  void call(const core::UserId& user, Command arguments, ports::Reply<ports::Standing> reply);
  ports::Standing conclude(const core::UserId& user, PresenceReply reply);
  void read_indexes(const RespValue& nodes, const std::string& cursor, std::size_t limit,
                    ports::Reply<ports::UserPage> reply);

  PresenceCaller caller_;
  std::string index_;
  Link& link_;
  Script presence_;
  Script look_up_;
  // Calls that are not answered yet, by user: an old answer must not undo what a newer call did.
  boost::unordered_flat_map<std::string, std::uint32_t> under_way_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();  // callbacks hold it weakly
};

}  // namespace rollcall::redis

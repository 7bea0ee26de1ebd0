#pragma once

#include "core/connection.hpp"
#include "core/presence.hpp"

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include <boost/container/small_vector.hpp>

namespace rollcall::core {

// What this node has of one user: connections, and who watches the user.
struct HubUser {
  boost::container::small_vector<Attachment, 1> connections;
  std::vector<ConnectionRef> watchers;

  std::int64_t seq = 0;  // of the latest event that was told to the watchers
  Status told = Status::offline;
  bool heard = false;          // `told` and `seq` come from the store or another node
  bool attended = false;       // the bus was asked for what concerns the user
  std::uint32_t expected = 0;  // watchers who wait for the present status

  bool saying = false;                // the store is being told of the connections
  bool say_again = false;             // they have changed meanwhile
  bool unsaid = false;                // the store could not be told
  bool absent = false;                // no connection, and the grace runs
  Reason reason = Reason::connected;  // of the latest change

  std::uint32_t away() const;
  Attachment* find(ConnectionRef ref);
  bool remove(ConnectionRef ref);  // false: it was not there
};

// The users whose home is this shard, with their connections on all shards of this node. An entry
// stays for as long as someone needs it: call drop_if_idle() after taking something away.
class Hub {
 public:
  explicit Hub(MemberHash hash) : users_(0, UserHash{hash}) {}

  HubUser& at(const UserId& user) { return users_[user]; }
  HubUser* find(const UserId& user);
  bool drop_if_idle(const UserId& user);

  std::size_t size() const { return users_.size(); }
  std::vector<UserId> users() const;

 private:
  struct UserHash {
    MemberHash hash;
    std::size_t operator()(const UserId& user) const { return hash(user.text()); }
  };

  std::unordered_map<UserId, HubUser, UserHash> users_;
};

}  // namespace rollcall::core

#pragma once

#include "adapters/redis/presence_keys.hpp"
#include "adapters/redis/resp.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "core/connection.hpp"
#include "ports/presence_store.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::redis {

// Who calls presence.lua, and for how long what it writes is kept.
struct PresenceCaller {
  PresenceKeys keys;
  std::string node;
  std::string place;
  base::Millis ttl{0};
};

struct PresenceReply {
  ports::Standing standing;
  std::uint32_t here = 0;  // connections at the caller's place
};

// The arguments of the scripts (their heads say what they mean) and what they answer. Replies of
// another shape are `internal`, "redis_reply".
Command hold_arguments(const PresenceCaller& caller, const ports::Holding& holding);
Command settle_arguments(const PresenceCaller& caller, const core::UserId& user);
// Error: `overloaded`, "connection_limit".
base::Result<PresenceReply> parse_presence(const RespValue& reply, const core::UserId& user);

// Of what the dead `node` held. The reply is as that of the others, or says that the node is
// alive.
Command reap_arguments(const PresenceCaller& caller, const core::UserId& user,
                       std::string_view node);
bool says_leased(const RespValue& reply);

Command look_up_arguments(const PresenceKeys& keys, std::span<const core::UserId> users);
base::Result<std::vector<ports::Standing>> parse_look_up(const RespValue& reply,
                                                         std::size_t asked);

}  // namespace rollcall::redis

#pragma once

#include "core/connection.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall::redis {

// `%`, `{` and `}` as %25, %7B and %7D: no two ids share a key, and no id makes a hash tag.
std::string encode_id(std::string_view id);

// Where presence lives; docs/protocol.md says what is in it.
struct PresenceKeys {
  explicit PresenceKeys(std::string_view stem) : prefix(stem) {}

  std::string live(const core::UserId& user) const;   // presence:<id>
  std::string nodes(const core::UserId& user) const;  // {presence:<id>}:nodes
  std::string state(const core::UserId& user) const;  // {presence:<id>}:state

  std::string prefix;  // "presence:"
};

inline constexpr std::string_view kNodesKey = "rollcall:nodes";
inline constexpr std::string_view kBroadcastChannel = "rollcall:broadcast";
inline constexpr std::size_t kMaxShardChannelBytes = 80;

std::string lease_key(std::string_view node);                    // rollcall:node:<uuid>
std::string index_key(std::string_view node);                    // rollcall:node:<uuid>:users
std::string place_of(std::string_view node, std::size_t shard);  // <uuid>:<shard>
std::string tick_key(std::string_view name);                     // rollcall:tick:<name>

std::string shard_channel(std::string_view node, std::size_t shard);  // rollcall:node:<place>
bool is_shard_channel(std::string_view channel);
std::string user_channel(const core::UserId& user);  // rollcall:user:<id>
std::optional<core::UserId> user_of_channel(std::string_view channel);

}  // namespace rollcall::redis

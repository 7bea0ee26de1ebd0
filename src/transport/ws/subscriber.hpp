#pragma once

#include "base/time.hpp"
#include "core/connection.hpp"
#include "core/presence.hpp"
#include "transport/auth/identity.hpp"
#include "transport/ws/commands.hpp"

#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace rollcall::ws {

class Connection;

// The user behind a connection: its place in the hub, what it asks for, whom it watches, and until
// when its token lets it stay.
class Subscriber {
 public:
  explicit Subscriber(auth::Identity identity);

  void join(Connection& connection);
  void leave(const Connection& connection, core::Reason why);
  void pong(const Connection& connection);
  void on_message(Connection& connection, bool is_text, std::string_view payload);

  // Tells of the token's end, or acts on it.
  void on_alarm(Connection& connection, base::WallTime now);
  base::WallTime next_alarm() const;

  bool is_member() const { return place_ == Place::member; }

 private:
  enum class Place : std::uint8_t { outside, joining, member };

  void on_joined(Connection& connection, const core::Uuid& id,
                 const base::Result<std::uint32_t>& joined);
  void obey(Connection& connection, const Watch& command);
  void obey(Connection& connection, const Unwatch& command);
  void obey(Connection& connection, const SetStatus& command);
  void obey(Connection& connection, const Ping& command);
  void obey(Connection& connection, const Renew& command);
  std::span<const core::UserId> watched() const;
  void set_watched(std::vector<core::UserId> users);
  void refuse(Connection& connection, const base::Error& error);

  core::UserId user_;
  auth::WatchGrant watch_;
  base::WallTime expires_at_;                           // the end of time without a token
  std::unique_ptr<std::vector<core::UserId>> watched_;  // sorted; null while it watches nobody
  Place place_ = Place::outside;
  bool notified_ = false;  // of the token's end
};

}  // namespace rollcall::ws

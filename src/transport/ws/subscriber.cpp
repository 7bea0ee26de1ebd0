#include "transport/ws/subscriber.hpp"

#include "core/protocol.hpp"
#include "transport/ws/connection.hpp"
#include "transport/ws/server.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace rollcall::ws {
namespace {

void send_text(Connection& connection, std::string text) {
  connection.send(core::make_text(std::move(text)));
}

}  // namespace

Subscriber::Subscriber(auth::Identity identity)
    : user_(std::move(identity.user)),
      watch_(std::move(identity.watch)),
      expires_at_(identity.expires_at.value_or(base::WallTime::max())) {}

void Subscriber::join(Connection& connection) {
  Server& server = connection.server();
  place_ = Place::joining;
  const core::Uuid id = core::Uuid::random();
  const base::WallTime now = server.clock_.now();
  const core::ConnectionRef ref = connection.ref();
  server.realtime_->join(user_, {id, ref, now, now, false},
                         [&server, ref, id](const auto& joined) {
                           Connection* found = server.find(ref);
                           if (found != nullptr) {
                             found->subscriber()->on_joined(*found, id, joined);
                           }
                         });
}

void Subscriber::on_joined(Connection& connection, const core::Uuid& id,
                           const base::Result<std::uint32_t>& joined) {
  if (place_ != Place::joining) return;
  if (!joined) {
    place_ = Place::outside;
    const bool is_full = joined.error().kind == base::Errc::overloaded;
    return connection.close_later(
        is_full ? CloseCode::connection_limit : CloseCode::try_again_later, core::Reason::closed);
  }
  place_ = Place::member;
  const Options& options = connection.server().options_;
  send_text(connection, core::welcome_text({id, user_, options.node_name, options.ping}));
}

void Subscriber::leave(const Connection& connection, core::Reason why) {
  service::Realtime& realtime = *connection.server().realtime_;
  if (watched_) realtime.unwatch(std::move(*watched_), connection.ref());
  watched_.reset();
  if (std::exchange(place_, Place::outside) == Place::outside) return;
  realtime.leave(user_, connection.ref(), why);
}

void Subscriber::pong(const Connection& connection) {
  if (place_ != Place::outside) connection.server().realtime_->pong(user_, connection.ref());
}

void Subscriber::on_message(Connection& connection, bool is_text, std::string_view payload) {
  if (!is_text) {
    return refuse(connection, {base::Errc::invalid_argument, "binary_not_taken",
                               "a message to rollcall is text: one JSON object"});
  }
  const auto command = parse_command(payload);
  if (!command) return refuse(connection, command.error());
  std::visit([&](const auto& asked) { obey(connection, asked); }, command.value());
}

void Subscriber::obey(Connection& connection, const Watch& command) {
  std::vector<core::UserId> users = command.users;
  std::ranges::sort(users);
  users.erase(std::ranges::unique(users).begin(), users.end());
  for (const core::UserId& user : users) {
    if (watch_.allows(user.text())) continue;
    return refuse(connection, {base::Errc::forbidden, "watch_forbidden",
                               "the token does not allow to watch every one of these users"});
  }
  Server& server = connection.server();
  std::vector<core::UserId> all;
  std::ranges::set_union(watched(), users, std::back_inserter(all));
  if (all.size() > server.options_.watched_users) {
    return refuse(connection, {base::Errc::overloaded, "watch_limit",
                               "one connection watches no more users than this"});
  }
  set_watched(std::move(all));
  const core::ConnectionRef ref = connection.ref();
  server.realtime_->watch(std::move(users), ref, [&server, ref](const auto& states) {
    Connection* found = server.find(ref);
    if (found == nullptr) return;
    if (!states) return found->subscriber()->refuse(*found, states.error());
    send_text(*found, core::presence_state_text(states.value()));
  });
}

void Subscriber::obey(Connection& connection, const Unwatch& command) {
  std::vector<core::UserId> users = command.users;
  std::ranges::sort(users);
  std::vector<core::UserId> kept;
  std::vector<core::UserId> dropped;
  std::ranges::set_intersection(watched(), users, std::back_inserter(dropped));
  std::ranges::set_difference(watched(), users, std::back_inserter(kept));
  set_watched(std::move(kept));
  if (dropped.empty()) return;
  connection.server().realtime_->unwatch(std::move(dropped), connection.ref());
}

std::span<const core::UserId> Subscriber::watched() const {
  return watched_ ? std::span<const core::UserId>(*watched_) : std::span<const core::UserId>();
}

void Subscriber::set_watched(std::vector<core::UserId> users) {
  watched_.reset();
  if (!users.empty()) {
    watched_ = std::make_unique<std::vector<core::UserId>>(std::move(users));
  }
}

void Subscriber::obey(Connection& connection, const SetStatus& command) {
  connection.server().realtime_->set_away(user_, connection.ref(), command.away);
}

void Subscriber::obey(Connection& connection, const Ping&) {
  send_text(connection, core::pong_text());
}

void Subscriber::obey(Connection& connection, const Renew& command) {
  auto renewed = connection.server().check_token_(command.token);
  if (!renewed) return refuse(connection, renewed.error());
  if (renewed.value().user != user_) {
    return refuse(connection, {base::Errc::forbidden, "other_user",
                               "the token is another user's than this connection's"});
  }
  if (expires_at_ == base::WallTime::max()) return;
  watch_ = std::move(renewed.value().watch);
  const base::WallTime end = renewed.value().expires_at.value_or(base::WallTime::max());
  if (end <= expires_at_) return;
  expires_at_ = end;
  notified_ = false;
}

void Subscriber::on_alarm(Connection& connection, base::WallTime now) {
  if (now >= expires_at_) {
    connection.server().metrics_.expired_tokens.add();
    return connection.close_later(CloseCode::token_expired, core::Reason::token_expired);
  }
  if (notified_ || now < expires_at_ - kTokenNotice) return;
  notified_ = true;
  send_text(connection, core::token_expiring_text(expires_at_ - now));
}

base::WallTime Subscriber::next_alarm() const {
  return notified_ ? expires_at_ : expires_at_ - kTokenNotice;
}

void Subscriber::refuse(Connection& connection, const base::Error& error) {
  connection.server().metrics_.command_errors.add();
  send_text(connection, core::error_text(error.code, error.message));
}

}  // namespace rollcall::ws

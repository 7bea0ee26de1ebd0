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

Subscriber::Subscriber(Server& server, auth::Identity identity)
    : server_(server), identity_(std::move(identity)) {}

void Subscriber::join(Connection& connection) {
  place_ = Place::joining;
  const core::Uuid id = core::Uuid::random();
  const base::WallTime now = server_.clock_.now();
  const core::ConnectionRef ref = connection.ref();
  server_.realtime_->join(identity_.user, {id, ref, now, now, false},
                          [&server = server_, ref, id](const auto& joined) {
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
  const Options& options = server_.options_;
  send_text(connection, core::welcome_text({id, identity_.user, options.node_name, options.ping}));
}

void Subscriber::leave(const Connection& connection, core::Reason why) {
  service::Realtime& realtime = *server_.realtime_;
  if (!watched_.empty()) realtime.unwatch(std::exchange(watched_, {}), connection.ref());
  if (std::exchange(place_, Place::outside) == Place::outside) return;
  realtime.leave(identity_.user, connection.ref(), why);
}

void Subscriber::pong(const Connection& connection) {
  if (place_ != Place::outside) server_.realtime_->pong(identity_.user, connection.ref());
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
    if (identity_.watch.allows(user.text())) continue;
    return refuse(connection, {base::Errc::forbidden, "watch_forbidden",
                               "the token does not allow to watch every one of these users"});
  }
  std::vector<core::UserId> all;
  std::ranges::set_union(watched_, users, std::back_inserter(all));
  if (all.size() > server_.options_.watched_users) {
    return refuse(connection, {base::Errc::overloaded, "watch_limit",
                               "one connection watches no more users than this"});
  }
  watched_ = std::move(all);
  const core::ConnectionRef ref = connection.ref();
  server_.realtime_->watch(std::move(users), ref, [&server = server_, ref](const auto& states) {
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
  std::ranges::set_intersection(watched_, users, std::back_inserter(dropped));
  std::ranges::set_difference(watched_, users, std::back_inserter(kept));
  watched_ = std::move(kept);
  if (!dropped.empty()) server_.realtime_->unwatch(std::move(dropped), connection.ref());
}

void Subscriber::obey(Connection& connection, const SetStatus& command) {
  server_.realtime_->set_away(identity_.user, connection.ref(), command.away);
}

void Subscriber::obey(Connection& connection, const Ping&) {
  send_text(connection, core::pong_text());
}

void Subscriber::obey(Connection& connection, const Renew& command) {
  auto renewed = server_.check_token_(command.token);
  if (!renewed) return refuse(connection, renewed.error());
  if (renewed.value().user != identity_.user) {
    return refuse(connection, {base::Errc::forbidden, "other_user",
                               "the token is another user's than this connection's"});
  }
  if (!identity_.expires_at) return;
  identity_.watch = std::move(renewed.value().watch);
  if (renewed.value().expires_at <= identity_.expires_at) return;
  identity_.expires_at = renewed.value().expires_at;
  notified_ = false;
}

void Subscriber::on_alarm(Connection& connection, base::WallTime now) {
  if (!identity_.expires_at) return;
  const base::WallTime end = *identity_.expires_at;
  if (now >= end) {
    server_.metrics_.expired_tokens.add();
    return connection.close_later(CloseCode::token_expired, core::Reason::token_expired);
  }
  if (notified_ || now < end - kTokenNotice) return;
  notified_ = true;
  send_text(connection, core::token_expiring_text(end - now));
}

base::WallTime Subscriber::next_alarm() const {
  if (!identity_.expires_at) return base::WallTime::max();
  return notified_ ? *identity_.expires_at : *identity_.expires_at - kTokenNotice;
}

void Subscriber::refuse(Connection& connection, const base::Error& error) {
  server_.metrics_.command_errors.add();
  send_text(connection, core::error_text(error.code, error.message));
}

}  // namespace rollcall::ws

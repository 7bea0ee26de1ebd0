#include "transport/ws/server.hpp"

#include "transport/ws/subscriber.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

namespace rollcall::ws {

Server::Server(boost::asio::io_context& loop, net::Poller& poller, Options options,
               const base::Clock& clock, std::uint32_t shard)
    : loop_(loop),
      poller_(poller),
      options_(std::move(options)),
      clock_(clock),
      shard_(shard),
      timer_(loop),
      wheel_(kTick, clock.now()),
      writer_(shelf_),
      random_(std::random_device()()) {}

Server::~Server() {
  stop();
}

void Server::attach(service::Realtime& realtime, TokenCheck check_token) {
  realtime_ = &realtime;
  check_token_ = std::move(check_token);
}

void Server::open_user(http::Upgraded upgraded, auth::Identity identity) {
  metrics_.users.add(1);
  open(std::move(upgraded), Subscriber(std::move(identity)));
}

void Server::open_observer(http::Upgraded upgraded) {
  open(std::move(upgraded), Observer());
}

void Server::open_echo(http::Upgraded upgraded) {
  open(std::move(upgraded), Echo());
}

void Server::open(http::Upgraded upgraded, Peer peer) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(connections_.size()));
    connections_.emplace_back(*this, free_.back());
  }
  Connection& connection = connections_[free_.back()];
  free_.pop_back();
  metrics_.opened.add();
  metrics_.open.add(1);
  arm();
  connection.open(std::move(upgraded), std::move(peer));
  if (draining_) connection.close_later(CloseCode::going_away, core::Reason::drained);
}

Connection* Server::find(core::ConnectionRef ref) {
  if (ref.shard != shard_ || ref.slot >= connections_.size()) return nullptr;
  Connection& connection = connections_[ref.slot];
  return connection.is_open() && connection.ref() == ref ? &connection : nullptr;
}

void Server::deliver(core::ConnectionRef ref, const core::MessagePtr& message) {
  if (Connection* connection = find(ref)) connection->send(message);
}

void Server::deliver_to_all(const core::MessagePtr& message) {
  for (Connection& connection : connections_) {
    const Subscriber* const user = connection.subscriber();
    if (user != nullptr && user->is_member()) connection.send(message);
  }
}

void Server::kick(core::ConnectionRef ref) {
  Connection* connection = find(ref);
  if (connection == nullptr) return;
  if (connection->subscriber() != nullptr) metrics_.kicked.add();
  connection->close_later(CloseCode::kicked, core::Reason::kicked);
}

core::MessagePtr Server::framed(std::string frame) {
  return std::make_shared<const core::Message>(
      core::Message{core::Payload::binary, std::move(frame)});
}

// A node that stops says when to come back, so that not all do at once.
std::string Server::close_reason(CloseCode code) {
  if (code != CloseCode::going_away) return std::string(name_of(code));
  return fmt::format(R"({{"reconnectMs":{}}})", random_within(drain_spread_).count());
}

base::Millis Server::random_within(base::Millis span) {
  return base::Millis(std::uniform_int_distribution<std::int64_t>(0, span.count())(random_));
}

void Server::retire(std::uint32_t slot, bool was_user) {
  wheel_.cancel(slot);
  metrics_.open.add(-1);
  if (was_user) metrics_.users.add(-1);
  retired_.push_back(slot);
  tell_if_empty();
}

void Server::tell_if_empty() {
  if (draining_ && metrics_.open.get() == 0 && on_empty_) std::exchange(on_empty_, nullptr)();
}

void Server::flush_later(std::uint32_t slot) {
  unflushed_.push_back(slot);
  if (std::exchange(flush_posted_, true)) return;
  boost::asio::post(loop_, [this] { flush_turn(); });
}

void Server::flush_turn() {
  if (stopped_) return;
  const std::size_t count = std::min(unflushed_.size(), kFlushesPerTurn);
  for (std::size_t i = 0; i < count; ++i) connections_[unflushed_[i]].flush();
  unflushed_.erase(unflushed_.begin(), unflushed_.begin() + static_cast<std::ptrdiff_t>(count));
  flush_posted_ = !unflushed_.empty();
  if (flush_posted_) boost::asio::post(loop_, [this] { flush_turn(); });
}

void Server::arm() {
  if (std::exchange(ticking_, true)) return;
  timer_.expires_after(kTick);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && !stopped_) tick();
  });
}

void Server::tick() {
  ticking_ = false;
  free_.insert(free_.end(), retired_.begin(), retired_.end());
  retired_.clear();
  shelf_.trim();
  const base::WallTime now = clock_.now();
  wheel_.advance(now, [&](std::uint32_t slot) { connections_[slot].on_alarm(now); });
  if (draining_) close_drained(now);
  if (metrics_.open.get() > 0 || !retired_.empty()) arm();
}

void Server::drain(base::Millis spread, std::function<void()> on_empty) {
  draining_ = true;
  drain_began_ = clock_.now();
  drain_spread_ = spread;
  on_empty_ = std::move(on_empty);
  for (std::uint32_t slot = 0; slot < connections_.size(); ++slot) {
    if (connections_[slot].is_open()) drained_.push_back(slot);
  }
  std::ranges::shuffle(drained_, random_);
  close_drained(drain_began_);
  tell_if_empty();
}

void Server::close_drained(base::WallTime now) {
  const auto total = static_cast<std::int64_t>(drained_.size());
  const base::Millis elapsed = std::min(now - drain_began_ + kTick, drain_spread_);
  const std::int64_t due =
      drain_spread_.count() == 0 ? total : total * elapsed.count() / drain_spread_.count();
  for (; closed_drained_ < due; ++closed_drained_) {
    connections_[drained_[static_cast<std::size_t>(closed_drained_)]].close_later(
        CloseCode::going_away, core::Reason::drained);
  }
}

void Server::stop() {
  stopped_ = true;
  on_empty_ = nullptr;
  timer_.cancel();
  for (Connection& connection : connections_) connection.abandon();
}

}  // namespace rollcall::ws

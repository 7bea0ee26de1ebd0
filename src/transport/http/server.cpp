#include "transport/http/server.hpp"

#include <algorithm>
#include <ctime>
#include <utility>

#include <fmt/chrono.h>
#include <sys/socket.h>
#include <unistd.h>

namespace rollcall::http {
namespace {

constexpr std::chrono::seconds kLingerTimeout{2};

// IMF-fixdate (RFC 9110, 5.6.7).
std::string http_date() {
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(std::time(nullptr)));
}

void turn_away(int fd, const Response& response, std::string_view date) {
  std::string text;
  append_response(text, response, {false, false, date, {}});
  ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
  ::close(fd);
}

}  // namespace

void Exchange::respond(const Response& response) const {
  server_->connections_[slot_].respond(serial_, response);
}

void Exchange::upgrade(const Response& response, UpgradeTaker taker) const {
  server_->connections_[slot_].upgrade(serial_, response, std::move(taker));
}

void Exchange::set_fields(std::string fields) const {
  server_->connections_[slot_].set_fields(serial_, std::move(fields));
}

Server::Server(boost::asio::io_context& loop, net::Poller& poller, const Limits& limits,
               SharedLimits& shared, RequestHandler& handler, ssl_ctx_st* tls)
    : poller_(poller),
      limits_(limits),
      shared_(shared),
      handler_(handler),
      tls_(tls),
      listener_(poller,
                [this](int fd, const boost::asio::ip::address& peer) { accept(fd, peer); }),
      timer_(loop),
      wait_limits_{limits.first_byte_timeout,
                   limits.header_timeout,
                   limits.body_timeout,
                   limits.request_deadline,
                   limits.write_timeout,
                   limits.idle_timeout,
                   kLingerTimeout},
      date_(http_date()) {}

Server::~Server() {
  stop();
}

base::Status Server::listen(const boost::asio::ip::tcp::endpoint& endpoint) {
  arm();
  return listener_.open(endpoint);
}

void Server::accept(int fd, const boost::asio::ip::address& peer) {
  const bool full = shared_.open_connections.load() >= limits_.connections;
  if (full || !shared_.per_address.admit(peer)) {
    metrics_.refused_connections.add();
    return turn_away(fd,
                     full ? error_response(503, "too_many_connections",
                                           "the server has as many connections as it may")
                          : error_response(429, "too_many_connections",
                                           "this address has as many connections as it may"),
                     date_);
  }
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(connections_.size()));
    connections_.emplace_back(*this, free_.back());
  }
  const std::uint32_t slot = free_.back();
  free_.pop_back();
  metrics_.accepted.add();
  metrics_.open.add(1);
  connections_[slot].open(net::Socket(fd, tls_), {peer, tls_ != nullptr},
                          ConnectionTicket(shared_, peer));
}

void Server::retire(std::uint32_t slot) {
  metrics_.open.add(-1);
  retired_.push_back(slot);
  if (draining_ && metrics_.open.get() == 0 && on_empty_) std::exchange(on_empty_, nullptr)();
}

void Server::schedule(Connection& connection, SteadyTime now) {
  const auto kind = static_cast<std::size_t>(connection.wait());
  connection.DeadlineHook::unlink();
  connection.set_deadline(now + wait_limits_[kind]);
  waiting_[kind].push_back(connection);
}

void Server::count(int status, std::chrono::steady_clock::duration took) {
  metrics_.by_class[static_cast<std::size_t>(std::clamp(status / 100, 0, 5))].add();
  metrics_.duration_seconds.observe(std::chrono::duration<double>(took).count());
}

void Server::arm() {
  timer_.expires_after(kTick);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && !stopped_) tick();
  });
}

void Server::tick() {
  date_ = http_date();
  free_.insert(free_.end(), retired_.begin(), retired_.end());
  retired_.clear();
  const SteadyTime now = std::chrono::steady_clock::now();
  for (Queue& queue : waiting_) {
    while (!queue.empty() && queue.front().deadline() <= now) {
      Connection& due = queue.front();
      due.DeadlineHook::unlink();
      due.on_deadline();
    }
  }
  arm();
}

void Server::drain(std::function<void()> on_empty) {
  draining_ = true;
  on_empty_ = std::move(on_empty);
  listener_.close();
  for (Connection& connection : connections_) {
    if (connection.is_open()) connection.drain();
  }
  if (metrics_.open.get() == 0 && on_empty_) std::exchange(on_empty_, nullptr)();
}

void Server::stop() {
  stopped_ = true;
  on_empty_ = nullptr;
  timer_.cancel();
  for (Connection& connection : connections_) connection.close();
}

std::unique_ptr<RequestParser> Server::take_parser() {
  if (spare_parsers_.empty()) return std::make_unique<RequestParser>(limits_);
  auto parser = std::move(spare_parsers_.back());
  spare_parsers_.pop_back();
  return parser;
}

void Server::give_back(std::unique_ptr<RequestParser> parser) {
  if (spare_parsers_.size() >= kSpareParsers) return;
  parser->reset();
  spare_parsers_.push_back(std::move(parser));
}

}  // namespace rollcall::http

#include "bench/load_client.hpp"

#include "bench/checked.hpp"
#include "bench/http_head.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <random>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace rollcall::bench {
namespace {

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr std::size_t kMaxAnswerBytes = 128 * 1024;
constexpr std::size_t kEventsPerTurn = 256;
constexpr std::size_t kIdBytes = 36;
constexpr std::uint64_t kSeed = 20260131;  // the same sessions in every run

std::vector<std::string> random_uuids(std::size_t count) {
  std::mt19937_64 random(kSeed);
  std::vector<std::string> ids(count);
  for (std::string& id : ids) {
    const std::uint64_t a = random();
    const std::uint64_t b = random();
    id = fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}", a >> 32, (a >> 16) & 0xffff,
                     a & 0xfff, 0x8000 | ((b >> 48) & 0x3fff), b & 0xffff'ffff'ffff);
  }
  return ids;
}

std::string beat_request(std::uint16_t port) {
  const std::string body = fmt::format(R"({{"sessionId":"{:{}}"}})", "", kIdBytes);
  return fmt::format(
      "POST /api/sessions/activity HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nUser-Agent: http_load\r\n"
      "Accept: */*\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
      port, body.size(), body);
}

// The N of {"online":N}, which is the whole body.
std::uint64_t parse_online(std::string_view answer, std::string_view body) {
  constexpr std::string_view kStatus = "HTTP/1.1 200 ";
  constexpr std::string_view kOpen = "{\"online\":";
  std::uint64_t online = 0;
  if (answer.starts_with(kStatus) && body.starts_with(kOpen)) {
    const char* const last = body.data() + body.size() - 1;
    const auto [end, error] = std::from_chars(body.data() + kOpen.size(), last, online);
    if (error == std::errc() && end == last && *last == '}') return online;
  }
  throw std::runtime_error(fmt::format("not a count:\n{}", answer));
}

}  // namespace

LoadClient::LoadClient(std::uint16_t port, std::size_t connections, std::size_t sessions)
    : epoll_(checked(::epoll_create1(0), "epoll_create1")),
      connections_(connections),
      session_ids_(random_uuids(sessions)),
      request_(beat_request(port)),
      id_offset_(request_.size() - kIdBytes - 2),
      input_(kReadBytes) {
  for (Connection& connection : connections_) connect(port, connection);
  const SteadyTime now = std::chrono::steady_clock::now();
  for (Connection& connection : connections_) send_beat(connection, now);
}

LoadClient::~LoadClient() {
  for (const Connection& connection : connections_) ::close(connection.fd);
  ::close(epoll_);
}

void LoadClient::warm_up_until(SteadyTime end) {
  const std::uint64_t enough = session_ids_.size() + connections_.size();
  while (turn() < end || beats_ < enough) {
  }
}

LoadFigures LoadClient::measure_until(SteadyTime end) {
  figures_ = {};
  while (turn() < end) {
  }
  return std::exchange(figures_, {});
}

void LoadClient::connect(std::uint16_t port, Connection& connection) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  connection.fd = checked(::socket(AF_INET, SOCK_STREAM, 0), "socket");
  checked(::connect(connection.fd, reinterpret_cast<sockaddr*>(&address), sizeof address),
          "connect");
  const int on = 1;
  ::setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  epoll_event event{.events = EPOLLIN, .data = {.ptr = &connection}};
  checked(::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event), "epoll_ctl");
}

// Handles what is ready and returns the time at which it was done.
SteadyTime LoadClient::turn() {
  std::array<epoll_event, kEventsPerTurn> events;
  constexpr auto kSilenceMs = std::chrono::milliseconds(kSilenceLimit).count();
  const int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                                 static_cast<int>(kSilenceMs));
  if (ready < 0 && errno != EINTR) checked(ready, "epoll_wait");
  if (ready == 0) throw std::runtime_error("the server does not answer");
  for (int i = 0; i < ready; ++i) {
    receive(*static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr));
  }
  return std::chrono::steady_clock::now();
}

void LoadClient::receive(Connection& connection) {
  const ssize_t received = ::recv(connection.fd, input_.data(), input_.size(), MSG_DONTWAIT);
  if (received < 0 && errno == EAGAIN) return;
  if (received <= 0) throw std::runtime_error("the server closed a connection");
  std::string_view text(input_.data(), static_cast<std::size_t>(received));
  if (!connection.partial.empty()) text = connection.partial.append(text);

  const auto head = find_head(text);
  if (!head || head->message_size() > text.size()) {
    if (text.size() > kMaxAnswerBytes) throw std::runtime_error("an answer without an end");
    if (connection.partial.empty()) connection.partial = text;
    return;
  }
  if (head->message_size() < text.size()) throw std::runtime_error("more than one answer");
  const std::uint64_t online = parse_online(text, text.substr(head->size));
  figures_.online_min = std::min(figures_.online_min, online);
  figures_.online_max = std::max(figures_.online_max, online);
  const SteadyTime now = std::chrono::steady_clock::now();
  figures_.latencies_us.push_back(
      std::chrono::duration<float, std::micro>(now - connection.sent_at).count());
  connection.partial.clear();
  send_beat(connection, now);
}

void LoadClient::send_beat(Connection& connection, SteadyTime now) {
  const std::string& id = session_ids_[beats_ % session_ids_.size()];
  id.copy(request_.data() + id_offset_, kIdBytes);
  ++beats_;
  connection.sent_at = now;
  const ssize_t sent = ::send(connection.fd, request_.data(), request_.size(), MSG_NOSIGNAL);
  if (sent != std::ssize(request_)) throw std::runtime_error("a request was not taken whole");
}

}  // namespace rollcall::bench

// The yardstick for heartbeats: what one thread can answer when it does nothing but HTTP framing.
// Level-triggered epoll, one recv and one send a request, an answer of the shape and size of
// rollcall's, and a counter in the place of a store.

#include "bench/checked.hpp"
#include "bench/http_head.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace rollcall::bench {
namespace {

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr std::size_t kMaxRequestBytes = 128 * 1024;
constexpr std::size_t kEventsPerTurn = 256;
constexpr int kBacklog = 1024;

// {"online":N} under the headers that rollcall sends. The date is formatted once a second.
class Answers {
 public:
  void set_time(std::time_t now) {
    if (now == time_) return;
    time_ = now;
    head_ = fmt::format(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: {:%a, %d %b %Y %H:%M:%S} GMT"
        "\r\nCache-Control: no-store\r\nX-Rollcall-Source: memory\r\nX-Rollcall-Certainty: exact"
        "\r\nX-Rollcall-Next-Beat-Ms: 300000\r\nContent-Length: ",
        fmt::gmtime(now));
  }

  void append_to(std::string& output, std::uint64_t online) const {
    constexpr std::string_view kOpen = "{\"online\":";
    const fmt::format_int number(online);
    output += head_;
    const fmt::format_int length(kOpen.size() + number.size() + 1);
    output.append(length.data(), length.size());
    output += "\r\n\r\n";
    output += kOpen;
    output.append(number.data(), number.size());
    output += '}';
  }

 private:
  std::time_t time_ = -1;
  std::string head_;
};

class BareServer {
 public:
  BareServer();

  std::uint16_t port() const { return port_; }
  [[noreturn]] void run();

 private:
  void accept_all();
  void serve(int fd);
  std::size_t answer_requests(std::string_view text);
  void drop(int fd);

  int listener_;
  int epoll_;
  std::uint16_t port_ = 0;
  std::uint64_t requests_ = 0;
  Answers answers_;
  std::string output_;
  std::vector<char> input_ = std::vector<char>(kReadBytes);
  std::vector<std::string> partial_;  // by descriptor: a request that has not arrived whole
};

BareServer::BareServer()
    : listener_(checked(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket")),
      epoll_(checked(::epoll_create1(0), "epoll_create1")) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  checked(::bind(listener_, generic, size), "bind");
  checked(::listen(listener_, kBacklog), "listen");
  checked(::getsockname(listener_, generic, &size), "getsockname");
  port_ = ntohs(address.sin_port);
  epoll_event event{.events = EPOLLIN, .data = {.fd = listener_}};
  checked(::epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event), "epoll_ctl");
}

void BareServer::run() {
  std::array<epoll_event, kEventsPerTurn> events;
  for (;;) {
    const int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
    if (ready < 0 && errno == EINTR) continue;
    checked(ready, "epoll_wait");
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
    answers_.set_time(now.tv_sec);
    for (std::size_t i = 0; i < static_cast<std::size_t>(ready); ++i) {
      const int fd = events[i].data.fd;
      fd == listener_ ? accept_all() : serve(fd);
    }
  }
}

void BareServer::accept_all() {
  for (;;) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
    if (fd < 0) return;
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (partial_.size() <= static_cast<std::size_t>(fd)) {
      partial_.resize(static_cast<std::size_t>(fd) + 1);
    }
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    checked(::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
  }
}

void BareServer::serve(int fd) {
  const ssize_t received = ::recv(fd, input_.data(), input_.size(), 0);
  if (received < 0 && errno == EAGAIN) return;
  if (received <= 0) return drop(fd);
  std::string_view text(input_.data(), static_cast<std::size_t>(received));
  std::string& partial = partial_[static_cast<std::size_t>(fd)];
  if (!partial.empty()) text = partial.append(text);

  output_.clear();
  std::size_t used = 0;
  try {
    used = answer_requests(text);
  } catch (const std::runtime_error&) {
    return drop(fd);
  }
  if (used == text.size()) {
    partial.clear();
  } else {
    partial = std::string(text.substr(used));
  }
  // A client that does not read its answers is dropped: no output is queued here.
  const bool is_sent = output_.empty() || ::send(fd, output_.data(), output_.size(),
                                                 MSG_NOSIGNAL) == std::ssize(output_);
  if (!is_sent || partial.size() > kMaxRequestBytes) drop(fd);
}

// Returns how much of `text` the whole requests in it took.
std::size_t BareServer::answer_requests(std::string_view text) {
  std::size_t used = 0;
  while (used < text.size()) {
    const auto head = find_head(text.substr(used));
    if (!head || head->message_size() > text.size() - used) break;
    used += head->message_size();
    answers_.append_to(output_, ++requests_);
  }
  return used;
}

void BareServer::drop(int fd) {
  partial_[static_cast<std::size_t>(fd)].clear();
  ::close(fd);
}

}  // namespace
}  // namespace rollcall::bench

int main() {
  try {
    rollcall::bench::BareServer server;
    fmt::print("bare_epoll listening on http://127.0.0.1:{}\n", server.port());
    std::fflush(stdout);
    server.run();
  } catch (const std::exception& error) {
    fmt::print(stderr, "bare_epoll: {}\n", error.what());
    return 1;
  }
}

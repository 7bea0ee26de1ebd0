#pragma once

#include "bench/checked.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <stdexcept>

#include <sys/epoll.h>
#include <unistd.h>

namespace rollcall::bench {

using SteadyTime = std::chrono::steady_clock::time_point;

// The sockets of a load, by a tag of their owner's.
class ReadySockets {
 public:
  ReadySockets() : epoll_(checked(::epoll_create1(0), "epoll_create1")) {}
  ~ReadySockets() { ::close(epoll_); }
  ReadySockets(const ReadySockets&) = delete;
  ReadySockets& operator=(const ReadySockets&) = delete;

  // A socket leaves when it is closed.
  void add(int fd, std::uint64_t tag) {
    epoll_event event{.events = EPOLLIN, .data = {.u64 = tag}};
    checked(::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
  }

  // Calls on_ready(tag) for sockets that can be read. False: none could within `limit`.
  template <class OnReady>
  bool wait(std::chrono::milliseconds limit, OnReady&& on_ready) {
    std::array<epoll_event, 256> events;
    const int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                                   static_cast<int>(limit.count()));
    if (ready < 0 && errno != EINTR) checked(ready, "epoll_wait");
    for (int i = 0; i < ready; ++i) on_ready(events[static_cast<std::size_t>(i)].data.u64);
    return ready != 0;
  }

  // For a load, which always has something under way: a server that is silent has lost it. It
  // looks again and again instead of sleeping, for whoever sends to a sleeper pays for waking it:
  // a third of a message's cost, or nothing, as the two happen to run.
  template <class OnReady>
  void wait(OnReady&& on_ready) {
    constexpr std::chrono::seconds kSilenceLimit{10};
    if (wait(std::chrono::milliseconds{0}, on_ready)) return;
    const SteadyTime limit = std::chrono::steady_clock::now() + kSilenceLimit;
    while (!wait(std::chrono::milliseconds{0}, on_ready)) {
      if (std::chrono::steady_clock::now() > limit) {
        throw std::runtime_error("the server does not answer");
      }
    }
  }

 private:
  int epoll_;
};

}  // namespace rollcall::bench

#include "transport/net/poller.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <boost/asio/post.hpp>
#include <sys/epoll.h>

namespace rollcall::net {
namespace {

int open_epoll() {
  const int fd = ::epoll_create1(EPOLL_CLOEXEC);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  return fd;
}

std::uint32_t index_of(Poller::Key key) {
  return static_cast<std::uint32_t>(key);
}
std::uint32_t generation_of(Poller::Key key) {
  return static_cast<std::uint32_t>(key >> 32);
}

}  // namespace

Poller::Poller(boost::asio::io_context& loop) : loop_(loop), set_(loop, open_epoll()) {}

Poller::~Poller() = default;

void Poller::start() {
  stopped_ = false;
  arm();
}

void Poller::stop() {
  stopped_ = true;
  boost::system::error_code ignored;
  set_.cancel(ignored);
}

base::Result<Poller::Key> Poller::add(int fd, std::uint32_t events, PollHandler& handler) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t index = free_.back();
  Slot& slot = slots_[index];
  const Key key = (static_cast<Key>(slot.generation) << 32) | index;
  epoll_event event{};
  event.events = events;
  event.data.u64 = key;
  if (::epoll_ctl(set_.native_handle(), EPOLL_CTL_ADD, fd, &event) != 0) {
    return base::Error{base::Errc::overloaded, "poll_refused", std::strerror(errno)};
  }
  free_.pop_back();
  slot.handler = &handler;
  return key;
}

void Poller::hand_over(Key key, PollHandler& handler) {
  Slot& slot = slots_[index_of(key)];
  if (slot.generation == generation_of(key) && slot.handler != nullptr) slot.handler = &handler;
}

void Poller::renew(Key key, int fd, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = key;
  ::epoll_ctl(set_.native_handle(), EPOLL_CTL_MOD, fd, &event);
}

void Poller::remove(Key key, int fd) {
  Slot& slot = slots_[index_of(key)];
  if (slot.generation != generation_of(key) || slot.handler == nullptr) return;
  ::epoll_ctl(set_.native_handle(), EPOLL_CTL_DEL, fd, nullptr);
  slot.handler = nullptr;
  ++slot.generation;
  free_.push_back(index_of(key));
}

// Asio watches edge-triggered; waiting anew looks at the set's present state as well.
void Poller::arm() {
  set_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                  [this](const boost::system::error_code& error) {
                    if (!error && !stopped_) turn();
                  });
}

void Poller::turn() {
  for (int wait = 0; wait < kWaitsPerTurn; ++wait) {
    if (!dispatch()) return stopped_ ? void() : arm();
  }
  boost::asio::post(loop_, [this] {
    if (!stopped_) turn();
  });
}

bool Poller::dispatch() {
  std::array<epoll_event, kEventsPerTurn> events;
  const int count = ::epoll_wait(set_.native_handle(), events.data(), kEventsPerTurn, 0);
  for (int i = 0; i < count; ++i) {
    const Key key = events[static_cast<std::size_t>(i)].data.u64;
    const Slot slot = slots_[index_of(key)];
    if (slot.handler == nullptr || slot.generation != generation_of(key)) continue;
    slot.handler->on_ready(events[static_cast<std::size_t>(i)].events);
  }
  return count > 0 && !stopped_;
}

}  // namespace rollcall::net

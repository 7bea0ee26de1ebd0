#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

namespace rollcall::net {

// Told of what epoll saw on a descriptor (EPOLLIN, EPOLLOUT, ...). It may remove itself or any
// other handler meanwhile.
class PollHandler {
 public:
  virtual void on_ready(std::uint32_t events) = 0;

 protected:
  ~PollHandler() = default;
};

// Client sockets live in an epoll set of the shard's own; the shard's Asio loop watches only the
// set. An idle socket then costs a slot here instead of an Asio descriptor, and a busy turn costs
// one wait for many sockets (docs/adr/0003).
class Poller {
 public:
  using Key = std::uint64_t;

  explicit Poller(boost::asio::io_context& loop);
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;
  ~Poller();

  // Starts to wait; throws std::system_error at start-up when the system refuses.
  void start();
  void stop();

  // For sockets pass edge-triggered events: the handler then reads on until nothing is left.
  base::Result<Key> add(int fd, std::uint32_t events, PollHandler& handler);

  // From now on `handler` is told what the key's descriptor does.
  void hand_over(Key key, PollHandler& handler);

  // Tells of the descriptor's present state in a later turn, after whoever waits now.
  void renew(Key key, int fd, std::uint32_t events);

  // Events of this key that are already fetched are dropped: the key holds a generation.
  void remove(Key key, int fd);

 private:
  static constexpr int kEventsPerTurn = 256;  // so that timers and replies keep their place
  static constexpr int kWaitsPerTurn = 4;

  struct Slot {
    PollHandler* handler = nullptr;
    std::uint32_t generation = 0;
  };

  void arm();
  void turn();
  bool dispatch();  // true when the set may hold more

  boost::asio::io_context& loop_;
  boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type> set_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  bool stopped_ = true;
};

}  // namespace rollcall::net

#pragma once

#include "base/time.hpp"
#include "service/heartbeat.hpp"

#include <chrono>
#include <cstddef>
#include <deque>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>

namespace rollcall::http {

// Goodbyes of pages that may be back in a moment: a reload says one, too. Such a session leaves
// when the grace is over and it has not beaten since, on whichever node. What is held when the
// shard ends is forgotten: those sessions fall silent, and go by their timeout.
class Departures {
 public:
  static constexpr base::Millis kGrace{5'000};
  static constexpr std::size_t kMostHeld = 100'000;

  Departures(service::Heartbeat& heartbeat, const base::Clock& clock,
             boost::asio::io_context& loop)
      : heartbeat_(heartbeat), clock_(clock), timer_(loop) {}

  // False when too many are held: then the session should leave at once.
  bool hold(core::MemberId session);

 private:
  using Timer =
      boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                        boost::asio::wait_traits<std::chrono::steady_clock>,
                                        boost::asio::io_context::executor_type>;
  struct Goodbye {
    core::MemberId session;
    base::WallTime said_at;
  };

  void wait();
  void look();

  service::Heartbeat& heartbeat_;
  const base::Clock& clock_;
  Timer timer_;
  std::deque<Goodbye> held_;
};

}  // namespace rollcall::http

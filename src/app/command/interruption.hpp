#pragma once

#include "base/time.hpp"

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <stop_token>
#include <thread>

namespace rollcall::app {

// Ctrl-C and SIGTERM, for a command that blocks: the first asks it to stop, the second ends the
// program at once, as an untouched signal would. Made before any other thread, which would take
// the signals otherwise.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  std::stop_token token() const { return source_.get_token(); }
  bool is_asked() const { return source_.stop_requested(); }

  // Rests so long; false: asked to stop.
  bool rest(base::Millis time);

 private:
  void listen();

  std::stop_source source_;
  std::mutex mutex_;
  std::condition_variable_any asked_;
  std::atomic<bool> is_over_ = false;
  sigset_t signals_{};
  sigset_t before_{};
  std::thread listener_;
};

}  // namespace rollcall::app

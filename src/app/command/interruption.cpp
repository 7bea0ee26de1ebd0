#include "app/command/interruption.hpp"

#include <pthread.h>

namespace rollcall::app {

Interruption::Interruption() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  listener_ = std::thread([this] { listen(); });
}

Interruption::~Interruption() {
  is_over_ = true;
  pthread_kill(listener_.native_handle(), SIGINT);
  listener_.join();
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

bool Interruption::rest(base::Millis time) {
  std::unique_lock lock(mutex_);
  asked_.wait_for(lock, token(), time, [] { return false; });
  return !is_asked();
}

void Interruption::listen() {
  for (int signal = 0; sigwait(&signals_, &signal) == 0 && !is_over_;) {
    if (source_.request_stop()) continue;
    std::signal(signal, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
    std::raise(signal);
  }
}

}  // namespace rollcall::app

#include "transport/http/departures.hpp"

#include <utility>

namespace rollcall::http {

bool Departures::hold(core::MemberId session) {
  if (held_.size() >= kMostHeld) return false;
  held_.push_back({std::move(session), clock_.now()});
  if (held_.size() == 1) wait();
  return true;
}

void Departures::wait() {
  timer_.expires_after(held_.front().said_at + kGrace - clock_.now());
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) look();
  });
}

void Departures::look() {
  const base::WallTime now = clock_.now();
  while (!held_.empty() && held_.front().said_at + kGrace <= now) {
    heartbeat_.leave_if_silent(std::move(held_.front().session), now - held_.front().said_at);
    held_.pop_front();
  }
  if (!held_.empty()) wait();
}

}  // namespace rollcall::http

#include "service/membership.hpp"

#include <utility>

namespace rollcall::service {

void Membership::tick() {
  const base::WallTime now = clock_.now();
  if (resigned_) return;
  if (now >= next_renewal_ && !renewing_) renew();
  if (now >= next_reaping_ && !reaping_) reap();
}

void Membership::renew() {
  renewing_ = true;
  next_renewal_ = clock_.now() + options_.renew_every;
  registry_.renew([this](const base::Result<bool>& found) {
    renewing_ = false;
    if (!found) {
      next_renewal_ = clock_.now() + options_.retry_after;
      return;
    }
    if (!found.value()) ears_.lost();
  });
}

void Membership::reap() {
  reaping_ = true;
  next_reaping_ = clock_.now() + options_.reap_every;
  registry_.reap([this](const base::Result<std::vector<core::PresenceEvent>>& events) {
    reaping_ = false;
    if (!events) return;
    for (const core::PresenceEvent& event : events.value()) ears_.reaped(event);
    reaped_.add(events.value().size());
    if (!events.value().empty()) next_reaping_ = clock_.now();  // there may be more
  });
}

void Membership::resign(ports::Reply<base::Done> reply) {
  resigned_ = true;
  registry_.resign(std::move(reply));
}

}  // namespace rollcall::service

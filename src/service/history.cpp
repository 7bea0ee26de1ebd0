#include "service/history.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::service {

void History::add(base::WallTime now, Totals totals) {
  const base::Millis took = std::max(now - since_, base::Millis(1));
  const auto rate = [&](std::uint64_t before, std::uint64_t after) {
    return static_cast<double>(after - before) * 1000.0 / static_cast<double>(took.count());
  };
  Step step;
  step.at = now;
  step.messages_in = rate(totals_.messages_in, totals.messages_in);
  step.messages_out = rate(totals_.messages_out, totals.messages_out);
  for (std::size_t i = 0; i < kSources.size(); ++i) {
    step.beats[i] = rate(totals_.beats[i], totals.beats[i]);
  }
  step.slow_consumers = totals.slow_consumers - totals_.slow_consumers;
  step.websockets = totals.websockets;
  step.online = totals.online;
  steps_.push_back(std::move(step));
  if (steps_.size() > kSteps) steps_.pop_front();
  totals_ = std::move(totals);
  since_ = now;
  next_ = now + kEvery;
}

}  // namespace rollcall::service

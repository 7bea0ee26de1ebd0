#include "app/bench/connections.hpp"

#include "app/bench/heartbeats.hpp"
#include "app/config/amounts.hpp"

#include <fmt/format.h>

namespace rollcall::bench {

using std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds kLeavePatience{5};

}  // namespace

Connections::Connections(const Net& net, const app::BenchCommand& command)
    : command_(command),
      crowd_(net, command,
             {command.request.connections, command.request.rate, new_run_name(), true}, nullptr) {}

void Connections::start() {
  started_at_ = steady_clock::now();
  crowd_.start();
}

void Connections::tick(SteadyTime now) {
  crowd_.tick();
  if (!settled_at_ && crowd_.is_settled()) settled_at_ = now;
  if (settled_at_ && now - *settled_at_ >= command_.duration) stop();
  is_over_ = stopped_at_ && (crowd_.is_gone() || now - *stopped_at_ > kLeavePatience);
}

void Connections::stop() {
  if (stopped_at_) return;
  stopped_at_ = steady_clock::now();
  if (!settled_at_) settled_at_ = stopped_at_;
  held_ = crowd_.open();
  crowd_.leave();
}

std::string Connections::progress() const {
  return fmt::format("{} open, {} failed, {} dropped", app::in_digits(crowd_.open()),
                     app::in_digits(crowd_.welcomes().failures()),
                     app::in_digits(crowd_.drops().failures()));
}

Summary Connections::summary() const {
  const app::BenchRequest& request = command_.request;
  const SteadyTime settled = settled_at_.value_or(steady_clock::now());
  Summary summary{"connections", request.url,
                  fmt::format("{}, opened {}", app::counted(request.connections, "WebSocket"),
                              request.rate == 0 ? "as fast as they are welcomed"
                                                : describe_rate(request.rate)),
                  std::chrono::duration_cast<Micros>(settled - started_at_)};
  summary.figures = {{"opened", crowd_.welcomes().count(), true},
                     {"failed", crowd_.welcomes().failures()},
                     {"dropped", crowd_.drops().failures()},
                     {"held to the end", held_}};
  summary.latencies = {{"welcome latency", crowd_.welcomes().latency()}};
  summary.errors = crowd_.welcomes().kinds();
  summary.add_errors("dropped: ", crowd_.drops().kinds());
  return summary;
}

}  // namespace rollcall::bench

#pragma once

#include "app/bench/crowd.hpp"
#include "app/bench/load.hpp"
#include "app/command/bench_command.hpp"

#include <optional>
#include <string>

namespace rollcall::bench {

// Opens WebSockets, each of a user of its own, and holds them for the duration.
class Connections final : public Load {
 public:
  Connections(const Net& net, const app::BenchCommand& command);

  void start() override;
  void tick(SteadyTime now) override;
  void stop() override;
  bool is_finished() const override { return is_over_; }
  std::string progress() const override;
  Summary summary() const override;

 private:
  const app::BenchCommand& command_;
  Crowd crowd_;
  SteadyTime started_at_{};
  std::optional<SteadyTime> settled_at_;
  std::optional<SteadyTime> stopped_at_;
  std::size_t held_ = 0;  // until they were closed
  bool is_over_ = false;
};

}  // namespace rollcall::bench

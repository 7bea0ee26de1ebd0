#pragma once

#include "app/bench/crowd.hpp"
#include "app/bench/http_load.hpp"
#include "app/bench/load.hpp"
#include "app/command/bench_command.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::bench {

// Publishes to one user's connections, or to everyone, and counts what arrives.
class Fanout final : public Load {
 public:
  Fanout(const Net& net, const app::BenchCommand& command);

  void start() override;
  void tick(SteadyTime now) override;
  void stop() override;
  bool is_finished() const override { return is_over_; }
  std::string progress() const override;
  Summary summary() const override;

 private:
  enum class Phase { gathering, publishing, draining, leaving };

  void begin_publishing();
  void begin_leaving(SteadyTime now);
  std::string message(std::uint64_t number) const;
  void receive(std::string_view text);
  std::uint64_t expected() const;
  Micros published_for(SteadyTime now) const;  // how long

  const Net& net_;
  const app::BenchCommand& command_;
  std::string run_;
  std::string stem_;  // of each message, up to its number
  Crowd crowd_;
  std::unique_ptr<HttpLoad> publishes_;
  Phase phase_ = Phase::gathering;
  std::vector<SteadyTime> due_;  // of the messages, by their numbers
  Histogram deliveries_;
  std::size_t listeners_ = 0;  // when it began to publish
  SteadyTime phase_began_{};
  std::optional<SteadyTime> published_at_;
  bool is_asked_to_stop_ = false;
  bool is_over_ = false;
};

}  // namespace rollcall::bench

#pragma once

#include "app/bench/http_load.hpp"
#include "app/bench/load.hpp"
#include "app/command/bench_command.hpp"

#include <memory>
#include <string>

namespace rollcall::bench {

// Sessions beat, in turn; in the end they leave again, so that nobody is counted who is not there.
class Heartbeats final : public Load {
 public:
  // Both outlive it.
  Heartbeats(const Net& net, const app::BenchCommand& command);

  void start() override;
  void tick(SteadyTime now) override;
  void stop() override;
  bool is_finished() const override;
  std::string progress() const override;
  Summary summary() const override;

 private:
  std::string body(std::uint64_t session, bool leaves) const;
  void begin_leaving();
  Micros took() const;  // the beats

  const Net& net_;
  const app::BenchCommand& command_;
  std::string run_;  // names its sessions
  HttpLoad beats_;
  std::unique_ptr<HttpLoad> leaves_;
  SteadyTime ended_at_{};  // of the beats
};

// A word that no other run has.
std::string new_run_name();

// "as fast as they are answered", "500 a second".
std::string describe_rate(std::uint64_t rate);

}  // namespace rollcall::bench

#pragma once

#include "base/metrics.hpp"
#include "base/time.hpp"
#include "core/message.hpp"
#include "ports/tick_claim.hpp"
#include "service/realtime.hpp"
#include "service/roster.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

namespace rollcall::service {

// A backstop: each live member of a roster is sent a message once an interval, spread over it. One
// node claims each tick; with nobody live there is nothing to claim. One a node.
class Refresh {
 public:
  struct Options {
    std::string roster;
    base::Millis every{300'000};
    std::string message;
  };

  Refresh(Options options, Roster& roster, Realtime& realtime, ports::TickClaim& claim,
          const base::Clock& clock);

  void tick();

  std::uint64_t sent() const { return sent_.get(); }

 private:
  static constexpr std::size_t kPage = 500;
  // The members are reached in this part of the interval, so that a round ends before the next.
  static constexpr double kSpread = 0.8;

  std::int64_t interval_of(base::WallTime now) const;
  void begin(std::int64_t interval);
  void claim_interval(std::int64_t interval, std::uint64_t live);
  void list(std::string cursor);
  void send_due(base::WallTime now);

  Options options_;
  Roster& roster_;
  Realtime& realtime_;
  ports::TickClaim& claim_;
  const base::Clock& clock_;
  core::MessagePtr message_;
  std::int64_t interval_;
  base::WallTime began_;
  std::uint64_t expected_ = 0;  // members, when the round began
  std::uint64_t done_ = 0;      // of this round
  std::deque<core::MemberId> waiting_;
  std::string next_page_;
  bool listing_ = false;
  bool active_ = false;
  base::Counter sent_;
};

}  // namespace rollcall::service

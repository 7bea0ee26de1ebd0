#pragma once

#include "service/roster.hpp"

#include <cstdint>
#include <random>

namespace rollcall::service {

// Sessions: a roster whose members are browsers, and the pace at which they shall beat.
class Heartbeat {
 public:
  Heartbeat(Roster& sessions, std::uint32_t seed) : sessions_(sessions), random_(seed) {}

  void beat(core::MemberId session, Reply<core::Answer> reply) {
    sessions_.touch(std::move(session), std::move(reply));
  }
  void leave(core::MemberId session, Reply<core::Answer> reply) {
    sessions_.leave(std::move(session), std::move(reply));
  }
  // Leaves unless the last beat is less than `silence` old. Nobody waits for the outcome: where it
  // fails, the session goes by its timeout.
  void leave_if_silent(core::MemberId session, base::Millis silence);
  void online(Reply<core::Answer> reply) { sessions_.count(std::move(reply)); }

  // When a session shall beat next: three times a ttl, so that two beats may be lost, at least
  // once a minute, and up to a fifth earlier, so that sessions which began together drift apart.
  base::Millis next_beat();

 private:
  static constexpr base::Millis kLongestPause{60'000};
  static constexpr int kBeatsPerTtl = 3;
  static constexpr int kSpreadPart = 5;

  Roster& sessions_;
  std::minstd_rand random_;
};

}  // namespace rollcall::service

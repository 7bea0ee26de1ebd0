#pragma once

#include "adapters/redis/roster_commands.hpp"
#include "base/time.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace rollcall::redis {

// Notices, by what the scripts answer, what became of a roster's data.
//
// The id of the epoch lies outside the roster, so that no reset, nor a DEL of the roster by
// another program, takes it away: FLUSHALL, a restart without persistence or a failover to an
// empty replica do. A server with another run_id may have older data besides.
class RosterWatch {
 public:
  struct News {
    bool lost = false;                      // told once a loss
    std::optional<base::Millis> reset_age;  // of a reset that was not known
  };

  // A link stands, to a server that says this of itself (empty: nothing). True when it is another
  // one than before.
  bool met(const std::string& run_id) {
    const bool differs = !run_id.empty() && !run_id_.empty() && run_id != run_id_;
    if (differs) epoch_.clear();
    if (differs || run_id.empty()) witness_.reset();
    if (!run_id.empty()) run_id_ = run_id;
    return differs;
  }

  News heard(const CommitReply& reply) {
    News news;
    news.lost = !epoch_.empty() && reply.epoch != epoch_;
    epoch_ = reply.epoch;
    if (news.lost) witness_.reset();
    if (reply.reset_at && reply.reset_at != reset_at_) {
      news.reset_age = std::max(reply.now - *reply.reset_at, base::Millis(0));
    }
    reset_at_ = reply.reset_at;
    return news;
  }

  // This answer tells that a fresh touch of the member is in the roster.
  void touched(std::string member, const CommitReply& reply) {
    const auto after_reset = reply.reset_at.value_or(base::WallTime{}) + base::Millis(1);
    witness_ = Witness{reply.epoch, std::max(reply.now, after_reset), std::move(member)};
  }
  const std::optional<Witness>& witness() const { return witness_; }

 private:
  std::string run_id_;
  std::string epoch_;
  std::optional<base::WallTime> reset_at_;
  std::optional<Witness> witness_;
};

}  // namespace rollcall::redis

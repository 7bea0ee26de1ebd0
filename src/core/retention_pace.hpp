#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace rollcall::core {

// What the rest of the server bears just now.
struct RetentionLoad {
  std::uint64_t waiting = 0;    // sessions that wait for a lock of this run
  base::Millis replica_lag{0};  // of the replica that is furthest behind
  std::string replica;          // its name
  bool is_vacuumed = false;     // a vacuum is at work on the table
  base::Millis answer{0};       // how long a small statement took
};

// How large the next batch is, and how long the run rests before it. A batch is sized to take
// `target`; whoever waits for the run, lags behind it or is slowed by it makes it smaller and
// rarer, down to the floor, never to a halt: only a replica that is too far behind does that.
class RetentionPace {
 public:
  struct Limits {
    base::Millis target{50};
    std::size_t least = 1;
    std::size_t first = 64;
    std::size_t most = 256;
    base::Millis replica_lag{10'000};
  };

  explicit RetentionPace(const Limits& limits);

  std::size_t size() const { return size_; }  // of a batch, in blocks or rows
  base::Millis pause() const { return pause_; }
  // Nothing may be deleted before the replicas have caught up.
  bool must_wait() const { return must_wait_; }
  // Why it is slower than it could be, for people; empty: it is not.
  const std::string& reason() const { return reason_; }

  void batch_took(base::Millis time);
  void batch_failed();  // it waited for somebody, or took too long
  void observe(const RetentionLoad& load);

 private:
  void shrink();

  Limits limits_;
  std::size_t size_;
  base::Millis last_{0};  // of the latest batch
  base::Millis pause_{0};
  base::Millis best_answer_{0};
  bool must_wait_ = false;
  std::string reason_;
};

}  // namespace rollcall::core

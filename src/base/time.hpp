#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace rollcall::base {

using Millis = std::chrono::milliseconds;
using WallTime = std::chrono::sys_time<Millis>;

// Read at the edges (adapters, transport); the core gets `now` as an argument.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime now() const = 0;
};

// Wall time of the start plus the steady time since then: it never jumps when an administrator or
// NTP steps the system clock, so nobody expires by it.
class SteadyClock final : public Clock {
 public:
  SteadyClock();
  WallTime now() const override;

 private:
  std::chrono::system_clock::time_point wall_start_;
  std::chrono::steady_clock::time_point steady_start_;
};

// The time that everyone else goes by, jumps and all: for what others date, such as tokens.
class SystemClock final : public Clock {
 public:
  WallTime now() const override;
};

// The virtual clock of the tests.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(WallTime start) : now_(start) {}
  WallTime now() const override { return now_; }
  void advance(Millis step) { now_ += step; }

 private:
  WallTime now_;
};

// "2026-01-31T09:30:00.125Z" (RFC 3339, UTC, milliseconds).
std::string format_rfc3339(WallTime time);

}  // namespace rollcall::base

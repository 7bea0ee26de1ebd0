#pragma once

#include <ctime>

#include <sys/types.h>

namespace rollcall::bench {

// The CPU time of another process: user and system, all its threads, ended ones too. The same
// account as utime + stime of /proc/PID/stat, but in nanoseconds instead of ticks of 10 ms, which
// matters for a Redis that works for a tenth of a second.
class ProcessCpu {
 public:
  // Throws std::system_error when there is no such process.
  explicit ProcessCpu(pid_t pid);

  double seconds() const;

 private:
  clockid_t clock_;
};

}  // namespace rollcall::bench

#include "bench/process_cpu.hpp"

#include <cerrno>
#include <system_error>

namespace rollcall::bench {

ProcessCpu::ProcessCpu(pid_t pid) {
  const int error = ::clock_getcpuclockid(pid, &clock_);
  if (error != 0) throw std::system_error(error, std::generic_category(), "clock_getcpuclockid");
}

double ProcessCpu::seconds() const {
  timespec time{};
  if (::clock_gettime(clock_, &time) != 0) {
    throw std::system_error(errno, std::generic_category(), "the measured process has ended");
  }
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

}  // namespace rollcall::bench

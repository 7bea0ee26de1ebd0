#pragma once

#include <cerrno>
#include <system_error>

namespace rollcall::bench {

// The result of a system call that has to succeed.
inline int checked(int result, const char* call) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), call);
  return result;
}

}  // namespace rollcall::bench

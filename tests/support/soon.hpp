#pragma once

#include <chrono>
#include <functional>
#include <thread>

namespace rollcall::support {

// Waits for a condition. False when it does not come true in time.
[[nodiscard]] inline bool soon(const std::function<bool()>& condition) {
  constexpr std::chrono::seconds kPatience{20};
  constexpr std::chrono::milliseconds kLookAgain{2};
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(kLookAgain);
  }
  return true;
}

}  // namespace rollcall::support

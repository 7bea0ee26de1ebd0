#pragma once

#include <cstdint>
#include <cstdlib>

namespace rollcall::sim {

// Which schedules a test plays. ./dev sim --seed N replays one, --count N plays as many, from 1
// on.
struct Seeds {
  std::uint64_t first;
  std::uint64_t count;

  static Seeds asked_for(std::uint64_t count_otherwise) {
    return {number("ROLLCALL_SIM_SEED", 1), number("ROLLCALL_SIM_COUNT", count_otherwise)};
  }
  bool is_replay() const { return count == 1; }

 private:
  static std::uint64_t number(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
  }
};

}  // namespace rollcall::sim

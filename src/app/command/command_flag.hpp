#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace rollcall::app {

// A flag of a command, and where what was typed goes.
struct CommandFlag {
  std::string name;  // "--wait"
  std::string about;
  std::string value_name;  // "FILE"; empty for a flag without a value
  std::variant<bool*, std::uint64_t*, std::string*, std::vector<std::string>*> to;
};

}  // namespace rollcall::app

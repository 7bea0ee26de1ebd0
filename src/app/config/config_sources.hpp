#pragma once

#include "app/config/config.hpp"
#include "base/result.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::app {

// The ROLLCALL_* variables by name.
using Environment = std::map<std::string, std::string, std::less<>>;

// From the array that main() gets: "NAME=value", ended by a null pointer.
Environment rollcall_environment(const char* const* variables);

// A setting given by a flag.
struct FlagValue {
  std::string flag;  // "--listen"
  std::string path;  // "server.listen"
  std::string text;
};

// All that a configuration comes from. Flags beat the environment, which beats the file, which
// beats the defaults. Kept, so that a reload reads the same again.
struct ConfigSources {
  std::optional<std::string> file;
  Environment environment;
  std::vector<FlagValue> flags;
  bool dev = false;
  bool echo = false;
};

// The configuration, or an error (invalid_config) whose message lists all problems, one a line:
// "rollcall.toml:3:5: server.listen: what is wrong".
base::Result<Config> load_config(const ConfigSources& sources);

}  // namespace rollcall::app

#pragma once

#include "app/config/config.hpp"
#include "app/config/config_sources.hpp"
#include "base/result.hpp"

#include <string>
#include <vector>

namespace rollcall::app {

// What is not wrong but probably not meant: settings that this version does not serve yet, and
// variables whose names are nearly those of settings. For the log at start.
std::vector<std::string> config_warnings(const Config& config, const Environment& environment);

// The files named by settings that cannot be read now: "server.api_keys_file: PATH: why".
std::vector<std::string> unreadable_files(const Config& config);

// What "rollcall check-config" answers: "ok" with a summary, or all problems, one a line.
base::Result<std::string> check_config(const ConfigSources& sources);

}  // namespace rollcall::app

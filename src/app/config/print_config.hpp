#pragma once

#include "app/config/config.hpp"

#include <string>

namespace rollcall::app {

// The configuration as TOML that loads back to the same one, each setting under its description.
// A secret is not shown: its line is a comment, so that the text still loads and the secret stays
// with its owner (the environment, or a *_file setting).
std::string print_config(const Config& config);

}  // namespace rollcall::app

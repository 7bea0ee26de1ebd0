#pragma once

#include <string>

namespace rollcall::app {

// The manual pages of the package, in roff. They are made from what the program itself goes by, so
// that they say the same.

// rollcall(1): every command with its flags, as --help tells them.
std::string commands_page();

// rollcall.toml(5): every setting with its default, range and variable.
std::string settings_page();

}  // namespace rollcall::app

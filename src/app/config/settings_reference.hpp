#pragma once

#include <string>

namespace rollcall::app {

// docs/configuration.md: every setting with its default, range and meaning, in Markdown. Made from
// the table that the program itself goes by, so that they say the same.
std::string settings_reference();

}  // namespace rollcall::app

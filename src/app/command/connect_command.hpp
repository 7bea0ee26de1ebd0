#pragma once

#include "app/command/command_line.hpp"

namespace rollcall::app {

// `rollcall check-config FILE --connect`: asks the databases of the settings, and prints the
// report or all that is wrong. The exit status.
int check_databases(const ConnectCommand& command);

}  // namespace rollcall::app

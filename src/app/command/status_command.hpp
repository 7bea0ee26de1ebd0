#pragma once

#include "app/command/command_line.hpp"

namespace rollcall::app {

// `rollcall status`: asks a server and prints how it fares. Returns the exit status: 0 when all is
// as it should be, 1 when something is degraded, 2 when the server could not be asked.
int status(const StatusCommand& command);

}  // namespace rollcall::app

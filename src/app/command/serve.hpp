#pragma once

#include "app/command/command_line.hpp"

namespace rollcall::app {

// `rollcall serve`: runs until SIGTERM or SIGINT, then drains. SIGHUP reads the configuration
// again for API keys, the keys of tokens, origins, trusted proxies, rosters and retention
// policies, or keeps what it has with an error in the log.
// Returns the process's exit status.
int serve(const ServeCommand& command);

// `rollcall migrate`: makes or upgrades the tables in PostgreSQL and says what it did.
int migrate(const MigrateCommand& command);

}  // namespace rollcall::app

#pragma once

#include "app/command/bench_command.hpp"
#include "app/command/doctor_command.hpp"
#include "app/command/retention_command.hpp"
#include "app/config/config.hpp"
#include "app/config/config_sources.hpp"

#include <span>
#include <string>
#include <variant>
#include <vector>

namespace rollcall::app {

struct ServeCommand {
  ConfigSources sources;  // to read again on a reload
  Config config;
  std::vector<std::string> warnings;
};

struct MigrateCommand {
  Config config;  // its postgres.url is given
  std::vector<std::string> warnings;
};

struct StatusCommand {
  std::string url = "http://127.0.0.1:8085";
  std::string api_key;  // empty: none
  bool json = false;    // as the server says it
};

// Settings that are right in themselves are held against the databases that they name.
struct ConnectCommand {
  Config config;
  std::string report;  // what to print if the databases agree
};

// The command is done, or was refused: print both texts and exit with the status, which is 0 for
// success, 1 for a configuration with problems, 2 for a command line that is not understood.
struct Finished {
  int status = 0;
  std::string output = {};  // for standard output
  std::string error = {};   // for standard error
};

using Command = std::variant<ServeCommand, MigrateCommand, StatusCommand, RetentionCommand,
                             ConnectCommand, DoctorCommand, BenchCommand, Finished>;

// `arguments` without the name of the program. Reads the files that they name; never throws for
// what a user types.
Command parse_command_line(std::span<const std::string> arguments, const Environment& environment);

}  // namespace rollcall::app

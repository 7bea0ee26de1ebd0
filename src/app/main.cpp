#include "app/command/command_line.hpp"
#include "app/command/connect_command.hpp"
#include "app/command/serve.hpp"
#include "app/command/status_command.hpp"

#include <algorithm>
#include <exception>
#include <iostream>
#include <string>
#include <variant>
#include <vector>

#include <unistd.h>

namespace {

using namespace rollcall::app;

struct Run {
  int operator()(const ServeCommand& command) const { return serve(command); }
  int operator()(const MigrateCommand& command) const { return migrate(command); }
  int operator()(const StatusCommand& command) const { return status(command); }
  int operator()(const RetentionCommand& command) const { return retention(command); }
  int operator()(const ConnectCommand& command) const { return check_databases(command); }
  int operator()(const DoctorCommand& command) const { return doctor(command); }
  int operator()(const BenchCommand& command) const { return bench(command); }
  int operator()(const Finished& finished) const {
    std::cout << finished.output;
    std::cerr << finished.error;
    return finished.status;
  }
};

// A server goes on without its first line; but who asked, and cannot be told, is not answered.
int run(const Command& command) {
  const int status = std::visit(Run{}, command);
  if (std::holds_alternative<ServeCommand>(command) || std::cout.flush()) return status;
  std::cerr << "rollcall: standard output cannot be written\n";
  return std::max(status, 1);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    return run(parse_command_line(arguments, rollcall_environment(environ)));
  } catch (const std::exception& error) {
    std::cerr << "rollcall: " << error.what() << '\n';
    return 1;
  }
}

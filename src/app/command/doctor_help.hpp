#pragma once

#include "app/command/command_flag.hpp"
#include "app/command/doctor_command.hpp"

#include <vector>

namespace rollcall::app {

inline std::vector<CommandFlag> doctor_flags(DoctorRequest& request) {
  return {{"--public-url", "The server as browsers have it, proxies and all", "URL",
           &request.public_url},
          {"--origin", "Of a page that may beat: server.allowed_origins when not given", "URL",
           &request.origins},
          {"--wait", "Hold a WebSocket until its ping, against short timeouts", "", &request.wait},
          {"--token-file", "A file with a user's token, where none can be made", "FILE",
           &request.token_file},
          {"--json", "One JSON object", "", &request.json}};
}

inline constexpr const char* kDoctorExamples =
    R"(Looks at a running set-up, as an operator and as a browser would, and prints each finding
with its mend. The settings are to be the server's own. Looking changes nothing; as a browser it
beats once and leaves again. docs/doctor.md lists what it looks at.
Exits with 0 when nothing is worse than a note, with 1 when there are warnings or problems, and
with 2 when it was not understood.

Examples:
  rollcall doctor --config rollcall.toml
  rollcall doctor --config rollcall.toml --public-url https://presence.example --wait
  rollcall doctor --config rollcall.toml --public-url https://presence.example \
    --origin https://www.example)";

}  // namespace rollcall::app

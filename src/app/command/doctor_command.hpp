#pragma once

#include "app/config/config.hpp"

#include <string>
#include <vector>

namespace rollcall::app {

// What `rollcall doctor` is asked for.
struct DoctorRequest {
  std::string public_url = {};            // as browsers have it; empty: server.listen
  std::vector<std::string> origins = {};  // of pages; none: server.allowed_origins
  std::string token_file = {};            // a user's token; empty: one is made, where [auth] can
  bool wait = false;                      // hold a WebSocket until its ping
  bool json = false;
};

struct DoctorCommand {
  DoctorRequest request;
  Config config;
  std::vector<std::string> warnings;  // about the settings
};

// Its exit status: 0 when nothing is worse than a note, 1 otherwise, 2 when it could not look.
int doctor(const DoctorCommand& command);

}  // namespace rollcall::app

#pragma once

#include "app/config/config.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::app {

enum class BenchVerb { heartbeats, connections, fanout };

constexpr std::string_view name_of(BenchVerb verb) {
  switch (verb) {
    case BenchVerb::heartbeats:
      return "heartbeats";
    case BenchVerb::connections:
      return "connections";
    case BenchVerb::fanout:
      return "fanout";
  }
  return "";
}

// What `rollcall bench VERB` is asked for, as it was typed.
struct BenchRequest {
  BenchVerb verb = BenchVerb::heartbeats;
  std::string url = "http://127.0.0.1:8085";
  std::string duration = {};  // empty: 10s, or until `requests` are done
  std::uint64_t connections = 16;
  std::uint64_t rate = 0;      // a second; 0: as fast as the server answers
  std::uint64_t requests = 0;  // ends after so many; 0: by the duration alone
  std::uint64_t sessions = 1000;
  std::uint64_t bytes = 100;  // of a message
  bool broadcast = false;     // to everyone, not to one user
  std::string token_file = {};
  std::string api_key_file = {};
  bool json = false;
  bool yes = false;  // also another machine
};

struct BenchCommand {
  BenchRequest request;
  base::Millis duration{0};
  Config config;                         // [auth] signs the users' tokens
  std::vector<std::string> tokens = {};  // of --token-file, used in turn
  std::string api_key = {};
};

// Its exit status: 0 when nothing failed, 1 when something did, 2 when it did not begin.
int bench(const BenchCommand& command);

}  // namespace rollcall::app

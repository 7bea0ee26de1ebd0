#pragma once

#include "app/command/bench_command.hpp"
#include "app/command/command_flag.hpp"

#include <vector>

namespace rollcall::app {

// What all benches take, and what this one does besides.
inline std::vector<CommandFlag> bench_flags(BenchVerb verb, BenchRequest& request) {
  std::vector<CommandFlag> flags{
      {"--url", "The server: " + request.url, "URL", &request.url},
      {"--duration", "How long it lasts: 10s when not given", "TIME", &request.duration},
      {"--connections", "How many, at once: " + std::to_string(request.connections), "N",
       &request.connections},
      {"--rate", "How many a second, even if the server falls behind", "R", &request.rate},
      {"--json", "One JSON object", "", &request.json},
      {"--yes", "Load another machine than this one", "", &request.yes}};
  const auto add = [&](CommandFlag flag) { flags.push_back(std::move(flag)); };
  if (verb == BenchVerb::heartbeats) {
    add({"--sessions", "Which beat in turn: " + std::to_string(request.sessions), "N",
         &request.sessions});
  }
  if (verb != BenchVerb::connections) {
    add({"--requests", "End after so many, not by time", "N", &request.requests});
  }
  if (verb != BenchVerb::heartbeats) {
    add({"--token-file", "Tokens of users, one a line, used in turn", "FILE",
         &request.token_file});
  }
  if (verb == BenchVerb::fanout) {
    add({"--api-key-file", "A file whose first line is an API key", "FILE",
         &request.api_key_file});
    add({"--broadcast", "To everyone, not to one user's connections", "", &request.broadcast});
    add({"--bytes", "Of a message, 64 at least: " + std::to_string(request.bytes), "N",
         &request.bytes});
  }
  return flags;
}

inline constexpr const char* kBenchExamples =
    R"(Loads a server as users do, and tells how it fared: what was answered in a second, the
latencies, the errors by kind. Ctrl-C ends it early, and it still tells. Another machine than this
one is loaded only with --yes. docs/load-testing.md says how to read the figures.
Exits with 0 when nothing failed, 1 when something did, 2 when it did not begin.

Examples:
  rollcall bench heartbeats
  rollcall bench connections --connections 5000 --config rollcall.toml
  rollcall bench fanout --connections 20 --rate 100 --config rollcall.toml)";

inline constexpr const char* kHeartbeatExamples =
    R"(Sessions beat in turn, over connections that are kept; in the end they leave. Without --rate
a connection beats again as soon as it is answered; with it, beats are due at even distances, and
a latency counts from when its beat was due: a stall of the server shows whole.

Examples:
  rollcall bench heartbeats --connections 64 --sessions 100000
  rollcall bench heartbeats --rate 2000 --duration 1m
  rollcall bench heartbeats --requests 10000 --json)";

inline constexpr const char* kConnectionExamples =
    R"(Opens WebSockets, each of a user of its own, holds them for --duration, answers their pings
and tells which were dropped. --config FILE names the server's [auth], which signs the tokens;
--token-file gives tokens; a server with --dev needs neither.

Examples:
  rollcall bench connections --connections 1000 --duration 2m
  rollcall bench connections --connections 5000 --rate 200 --config rollcall.toml)";

inline constexpr const char* kFanoutExamples =
    R"(Opens WebSockets of one user (--broadcast: of one user each), publishes over HTTP, and
counts what arrives. A delivery's latency counts from when its message was due. Publishing needs an
API key: of --api-key-file FILE, of ROLLCALL_API_KEY, or the first of --config FILE.

Examples:
  rollcall bench fanout --connections 20 --rate 50
  rollcall bench fanout --broadcast --connections 1000 --rate 10 --config rollcall.toml)";

}  // namespace rollcall::app

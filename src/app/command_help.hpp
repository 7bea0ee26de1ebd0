#pragma once

namespace rollcall::app {

// What --help says beside the flags: of the program, and of each command.

inline constexpr const char* kAbout =
    "rollcall tells an application who is here right now, and reaches them:\n"
    "heartbeats and rosters of live members over HTTP, messages and presence over WebSockets.\n"
    "It needs no other server, and stands on Redis and PostgreSQL where there are several nodes.\n"
    "It keeps session tables small, too.\n";

inline constexpr const char* kExamples = R"(Examples:
  rollcall serve --dev                             try it: no keys, for this machine only
  rollcall migrate --postgres postgresql:///app    make its tables in PostgreSQL
  rollcall check-config rollcall.toml              tell what is wrong with the settings
  rollcall print-config > rollcall.toml            begin a file of all settings, explained
  rollcall token --config rollcall.toml --sub ann  make a user's token, to try things with
  rollcall retention plan --config rollcall.toml   tell which rows of session tables would go
  rollcall status                                  ask the server on this machine how it fares
  rollcall doctor --config rollcall.toml           look for what is wrong, and how to mend it
  rollcall bench heartbeats                        load the server on this machine, as users do
  rollcall version                                 tell which version this is

"rollcall print-config" documents the settings. Each can be given by the environment too:
server.listen is ROLLCALL_SERVER_LISTEN. Flags beat the environment, which beats the file.
"rollcall COMMAND --help" tells the flags of a command.)";

inline constexpr const char* kServeExamples = R"(Examples:
  rollcall serve --dev
  rollcall serve --config rollcall.toml
  rollcall serve --listen 0.0.0.0:8085 --redis redis://127.0.0.1

A URL with a password is safer in ROLLCALL_REDIS_URL or ROLLCALL_POSTGRES_URL: others on the
machine can read a command line. "rollcall print-config" documents all settings.)";

inline constexpr const char* kMigrateExamples = R"(Examples:
  rollcall migrate --postgres postgresql:///app
  rollcall migrate --config rollcall.toml)";

inline constexpr const char* kCheckExamples =
    R"(Lists every problem with its line, and exits with 1. The environment counts, as it would for
"rollcall serve". --connect also asks the databases: whether each [[retention]] and
postgres.sessions_table finds its table and columns, and may work on them.

Examples:
  rollcall check-config rollcall.toml
  rollcall check-config rollcall.toml --connect)";

inline constexpr const char* kPrintExamples = R"(Secrets are not shown: their lines are comments.

Examples:
  rollcall print-config > rollcall.toml            begin a file with the defaults
  rollcall print-config --config rollcall.toml     what is in effect with this file
  rollcall print-config --markdown                 the reference of all settings, as a page)";

inline constexpr const char* kTokenExamples =
    R"(Prints the token alone. The server must have the same [auth]: HS256 signs with its
auth.secret_file, the other algorithms with the private half of its public key. Applications make
such tokens by any JWT library: "sub" is the user, "exp" is required, and
"rollcall":{"watch":["*"]} says whose presence the user may watch.

Examples:
  rollcall token --config rollcall.toml --sub ann
  rollcall token --config rollcall.toml --sub ann --ttl 5m --watch bob --watch 'team-*'
  rollcall token --config rollcall.toml --sub ann --private-key-file key.pem --key-id 2026-01

  token=$(rollcall token --config rollcall.toml --sub ann)
  curl -X PUT -H "Authorization: Bearer $token" \
    http://127.0.0.1:8085/api/v1/rosters/crm_navbar/members/me)";

inline constexpr const char* kStatusExamples =
    R"(Prints the state of the node, of its stores and rosters, and the history of each roster's
states: "normal", "fallback" (PostgreSQL answers for Redis), "local" (this node's own memory
answers), "recovering" (a store is back and is being filled). docs/outages.md says what to do.
Exits with 0 when all is as it should be, 1 when something is degraded, 2 when the server cannot
be asked. The API key may stand in ROLLCALL_API_KEY; a server with --dev, and server.admin_listen,
need none.

Examples:
  rollcall status
  rollcall status --url https://presence.example --api-key-file keys.txt
  rollcall status --json)";

}  // namespace rollcall::app

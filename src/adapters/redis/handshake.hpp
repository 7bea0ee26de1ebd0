#pragma once

#include "adapters/redis/endpoint.hpp"
#include "adapters/redis/resp.hpp"
#include "base/result.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace rollcall::redis {

// What a server says of itself. Empty where it does not, or where the user may not ask.
struct ServerFacts {
  int protocol = 3;
  std::string version;  // of Redis, or the one that a relative claims to serve
  std::string run_id;   // another one after each restart
  std::string role;     // "master" or "replica"
  std::string maxmemory_policy;
  std::vector<std::string> warnings;  // for the log, once a link
};

// The first words on a new link, without I/O: HELLO (or AUTH and RESP2 where it is unknown),
// SELECT, INFO, and a PING that only a server ready for work answers. One command at a time.
//
//   begin() -> Command; on_reply(reply) -> the next Command, ServerFacts at the end, or an Error.
//
// Errors are `unavailable`, name what to mend, and hold nothing that the server sent but the first
// word of its refusal.
class Handshake {
 public:
  using Next = std::variant<Command, ServerFacts, base::Error>;

  explicit Handshake(const Endpoint& endpoint);

  Command begin() const;
  Next on_reply(const RespValue& reply);

 private:
  enum class Step { hello, auth, select, info_server, info_memory, ping };

  Next after_hello(const RespValue& reply);
  Next after_auth(const RespValue& reply);
  Next after_select(const RespValue& reply);
  Next after_info_server(const RespValue& reply);
  Next after_info_memory(const RespValue& reply);
  Next after_ping(const RespValue& reply);
  Next select_or_info();
  Next ask(Step step, Command command);
  void read_hello(const RespValue& reply);
  std::optional<base::Error> refuse_old_version() const;

  std::string user_;
  std::string password_;
  std::uint32_t database_;
  Step step_ = Step::hello;
  ServerFacts facts_;
};

}  // namespace rollcall::redis

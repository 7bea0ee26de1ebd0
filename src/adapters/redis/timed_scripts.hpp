#pragma once

#include "adapters/redis/link.hpp"
#include "adapters/redis/roster_commands.hpp"
#include "adapters/redis/script.hpp"
#include "base/result.hpp"
#include "core/server_clock.hpp"

#include <functional>
#include <memory>

namespace rollcall::redis {

// Calls the scripts that answer as commit.lua does, so that none of them writes after the link has
// given it up: by the server's clock, learnt from the answers. While that is not known, or was
// set, a call is refused as late in good time; from this the clock is learnt, and it is sent
// again, once.
class TimedScripts {
 public:
  // Asked for anew each time it is sent.
  using Arguments = std::function<Command(const WriteWindow&)>;
  // Errors as of Link, and timeout, "redis_late": refused, so that nothing was done.
  using Handler = std::function<void(base::Result<CommitReply>)>;

  explicit TimedScripts(Link& link) : link_(link) {}

  // `script` lives as long as this does. Handlers that wait at its end are dropped uncalled.
  void call(const Script& script, Arguments arguments, Handler handler);

  // Another server may answer from now on, by another clock.
  void forget_clock() { clock_.forget(); }

 private:
  struct Call {
    const Script& script;
    Arguments arguments;
    Handler handler;
    bool again = false;
  };

  void send(const std::shared_ptr<Call>& call);
  void answered(const std::shared_ptr<Call>& call, core::ServerClock::SteadyTime asked,
                const base::Result<RespValue>& got);

  Link& link_;
  core::ServerClock clock_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();  // callbacks hold it weakly
};

}  // namespace rollcall::redis

#include "adapters/redis/timed_scripts.hpp"

#include <chrono>
#include <utility>

namespace rollcall::redis {

using std::chrono::steady_clock;

void TimedScripts::call(const Script& script, Arguments arguments, Handler handler) {
  send(std::make_shared<Call>(Call{script, std::move(arguments), std::move(handler)}));
}

void TimedScripts::send(const std::shared_ptr<Call>& call) {
  const auto asked = steady_clock::now();
  const WriteWindow window{clock_.at_least(asked).value_or(base::WallTime{}),
                           link_.command_timeout()};
  call->script.call(link_, call->arguments(window),
                    [this, alive = std::weak_ptr<char>(alive_), call,
                     asked](const base::Result<RespValue>& got) {
                      if (!alive.expired()) answered(call, asked, got);
                    });
}

void TimedScripts::answered(const std::shared_ptr<Call>& call, core::ServerClock::SteadyTime asked,
                            const base::Result<RespValue>& got) {
  if (!got) return call->handler(got.error());
  const auto reply = parse_commit(got.value());
  if (!reply) return call->handler(reply.error());
  clock_.learn(reply.value().now, asked, steady_clock::now());
  if (!reply.value().late) return call->handler(reply);
  if (!std::exchange(call->again, true)) return send(call);
  call->handler(base::Error{base::Errc::timeout, "redis_late",
                            "the change reached Redis too late, and was not made"});
}

}  // namespace rollcall::redis

#include "adapters/redis/tick_claim.hpp"

#include "adapters/redis/presence_keys.hpp"

#include <utility>

namespace rollcall::redis {

void RedisTickClaim::claim(std::string name, base::Millis hold, ports::Reply<bool> reply) {
  link_.send(Command("SET", tick_key(name), 1, "NX", "PX", hold.count()),
             [reply = std::move(reply)](base::Result<RespValue> got) {
               if (!got) return reply(std::move(got).error());
               reply(got.value().type == RespType::simple);
             });
}

}  // namespace rollcall::redis

#pragma once

#include "adapters/redis/handshake.hpp"
#include "adapters/redis/resp.hpp"
#include "adapters/redis/session.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

#include <vector>

namespace rollcall::redis {

struct Inquiry {
  ServerFacts server;
  std::vector<RespValue> replies;  // errors among them, whole; of the steps that were taken
  // By this machine's clock, when the commands left and when the first reply was there.
  base::WallTime sent_at;
  base::WallTime answered_at;
};

// Commands that leave together. A step whose last command is refused is the last to be taken.
using InquiryStep = std::vector<Command>;

// Enters a server as rollcall does, asks, and leaves: for commands, it blocks, for `patience` at
// most. Errors: unavailable and timeout, why the server cannot be asked; invalid_argument, when
// the CA file cannot be read.
base::Result<Inquiry> inquire(const SessionOptions& options, const std::vector<InquiryStep>& steps,
                              base::Millis patience);

}  // namespace rollcall::redis

#pragma once

#include "base/metrics.hpp"

namespace rollcall::ws {

// What one shard's WebSockets count; written by its thread, read by a scrape on any.
struct Metrics {
  base::Counter opened;
  base::Gauge open;
  base::Gauge users;  // of them: connections of users, not of /echo, nor of observers
  base::Counter messages_in;
  base::Counter messages_out;
  base::Counter bytes_in;
  base::Counter bytes_out;
  base::Counter pings;
  base::Counter timeouts;  // no pong in time, or no answer to a close
  base::Counter slow_consumers;
  base::Counter protocol_errors;
  base::Counter command_errors;
  base::Counter expired_tokens;
  base::Counter kicked;
};

}  // namespace rollcall::ws

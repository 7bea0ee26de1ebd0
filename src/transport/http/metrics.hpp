#pragma once

#include "base/metrics.hpp"

#include <array>

namespace rollcall::http {

// What one shard's HTTP edge counts; written by its thread, read by a scrape on any.
struct Metrics {
  static constexpr std::array<double, 10> kSeconds{0.0005, 0.001, 0.0025, 0.005, 0.01,
                                                   0.025,  0.05,  0.1,    0.25,  1.0};

  base::Counter accepted;
  base::Gauge open;
  base::Counter refused_connections;      // by a limit, before a request was read
  base::Counter malformed;                // requests that the parser refused
  base::Counter timeouts;                 // clients that sent or read too slowly
  base::Counter deadlines;                // requests answered 503 at the request deadline
  std::array<base::Counter, 6> by_class;  // [2] is 2xx
  base::Histogram<kSeconds.size()> duration_seconds{kSeconds};
};

}  // namespace rollcall::http

#pragma once

#include "app/bench/tally.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::bench {

// What a bench found, for people and for programs.
struct Summary {
  struct Figure {
    std::string name;  // "beats", "beats missed"
    std::uint64_t number = 0;
    bool is_a_rate = false;  // also told by the second
  };
  struct Latency {
    std::string name;  // "latency", "welcome latency"
    Histogram histogram;
  };

  std::string bench;  // "heartbeats"
  std::string url;
  std::string load;  // "16 connections, as fast as they are answered"
  Micros took{0};
  std::vector<Figure> figures = {};
  std::vector<Latency> latencies = {};
  Failures errors = {};
  std::vector<std::string> remarks = {};

  void add_errors(std::string_view of, const Failures& failures);  // "leaving: " and the kind
  bool has_failed() const { return !errors.empty(); }
};

std::string summary_text(const Summary& summary);

// One object; names are in camelCase: {"bench","url","seconds","beats","beatsPerSecond",
// "latencyMs":{"count","mean","p50","p90","p99","p999","max"},"errors":{kind:n}}.
std::string summary_json(const Summary& summary);

}  // namespace rollcall::bench

#pragma once

#include <string>

namespace rollcall::app {

struct Node;

// All metrics of the process in Prometheus' text format: the sums over the shards, each of which
// keeps numbers of its own. From any shard's thread.
std::string scrape(const Node& node);

}  // namespace rollcall::app

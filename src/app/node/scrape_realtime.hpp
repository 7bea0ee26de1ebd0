#pragma once

#include "transport/http/metrics_text.hpp"

namespace rollcall::app {

struct Node;

// What the shards' realtime parts count.
void add_realtime(const Node& node, http::MetricsText& text);

}  // namespace rollcall::app

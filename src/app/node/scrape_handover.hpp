#pragma once

#include "transport/http/metrics_text.hpp"

namespace rollcall::app {

struct Node;

// The hand-over's part of a scrape: nothing where memory alone keeps the rosters.
void add_handover(const Node& node, http::MetricsText& text);

}  // namespace rollcall::app

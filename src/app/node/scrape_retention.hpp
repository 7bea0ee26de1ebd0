#pragma once

#include "transport/http/metrics_text.hpp"

namespace rollcall::app {

struct Node;

// Retention's part of a scrape: nothing without policies.
void add_retention(const Node& node, http::MetricsText& text);

}  // namespace rollcall::app

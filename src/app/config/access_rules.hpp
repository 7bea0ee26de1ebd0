#pragma once

#include "app/config/config.hpp"
#include "base/result.hpp"
#include "transport/http/access.hpp"

#include <memory>

namespace rollcall::app {

// The rules that the configuration states, with the keys of server.api_keys_file (one a line;
// empty lines and lines that begin with # are passed over), the gateway's secret, and what checks
// users' tokens.
base::Result<std::shared_ptr<const http::AccessRules>> load_access_rules(const Config& config);

}  // namespace rollcall::app

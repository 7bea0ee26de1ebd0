#pragma once

#include "app/config/config.hpp"
#include "base/result.hpp"

#include <string>
#include <string_view>

#include <boost/json/object.hpp>

namespace rollcall::app {

// Where the server of these settings is asked on this machine.
std::string url_of(const ServerConfig& server);

// What the server of these settings tells of itself, if it runs on this machine: the answer of
// /api/v1/status. Waits for a moment only.
base::Result<boost::json::object> ask_server(const Config& config);

// The policy in it, or nothing.
const boost::json::object* find_policy(const boost::json::object& status, std::string_view name);

}  // namespace rollcall::app

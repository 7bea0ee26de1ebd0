#pragma once

#include <string>
#include <string_view>

#include <boost/json/object.hpp>

namespace rollcall::app {

// A policy as /api/v1/status told it at `now`, for people.
std::string report_retention(const boost::json::object& policy, std::string_view now);

}  // namespace rollcall::app

#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace rollcall::app {

// What /api/v1/status told, for people.
struct StatusReport {
  std::string text;
  bool degraded = false;  // a roster is not normal or was not counted, a store is down, or
                          // a retention policy fails
};

base::Result<StatusReport> report_status(std::string_view json);

}  // namespace rollcall::app

#pragma once

#include "service/retention.hpp"

#include <string>

namespace rollcall::http {

// A policy as /api/v1/status tells it.
std::string retention_json(const service::RetentionStatus& status);

}  // namespace rollcall::http

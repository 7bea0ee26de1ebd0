#pragma once

#include "adapters/redis/inspection.hpp"
#include "app/doctor/finding.hpp"

namespace rollcall::app {

void judge(const redis::Inspection& redis, Findings& findings);

}  // namespace rollcall::app

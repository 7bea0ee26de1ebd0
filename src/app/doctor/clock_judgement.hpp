#pragma once

#include "app/doctor/finding.hpp"
#include "base/time.hpp"

#include <string_view>

namespace rollcall::app {

// A clock that is ahead of this machine's by so much, or less by the doubt either way.
void judge_clock(std::string_view whose, base::Millis ahead, base::Millis doubt,
                 Findings& findings);

}  // namespace rollcall::app

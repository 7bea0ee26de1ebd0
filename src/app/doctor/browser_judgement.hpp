#pragma once

#include "app/doctor/browser_answers.hpp"
#include "app/doctor/finding.hpp"

namespace rollcall::app {

void judge(const BrowserAnswers& browser, const Config& config, Findings& findings);

// The part about WebSockets.
void judge_socket(const BrowserAnswers& browser, const Config& config, Findings& findings);

}  // namespace rollcall::app

#pragma once

#include "app/doctor/finding.hpp"

#include <string>
#include <vector>

namespace rollcall::app {

std::string_view name_of(Severity severity);  // "warning"
Severity worst_of(const std::vector<Finding>& findings);

// For people: a line a finding with the mend below it, and an empty line behind each area.
std::string report_text(const std::vector<Finding>& findings);
std::string summary_text(const std::vector<Finding>& findings);  // "7 things looked at: ..."
// One object: {"findings":[{"area","check","severity","what","mend"}],"problems":n,...}.
std::string report_json(const std::vector<Finding>& findings);

}  // namespace rollcall::app

#include "app/doctor/report.hpp"

#include "app/config/amounts.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include <boost/algorithm/string/replace.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace rollcall::app {
namespace {

std::uint64_t count(const std::vector<Finding>& findings, Severity severity) {
  return static_cast<std::uint64_t>(std::ranges::count(findings, severity, &Finding::severity));
}

// Below the first line, as the mend stands.
std::string indented(std::string text) {
  boost::algorithm::replace_all(text, "\n", fmt::format("\n{:11}", ""));
  return text;
}

}  // namespace

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::ok:
      return "ok";
    case Severity::note:
      return "note";
    case Severity::warning:
      return "warning";
    case Severity::problem:
      return "problem";
  }
  return "";
}

Severity worst_of(const std::vector<Finding>& findings) {
  Severity worst = Severity::ok;
  for (const Finding& finding : findings) worst = std::max(worst, finding.severity);
  return worst;
}

std::string report_text(const std::vector<Finding>& findings) {
  std::string text;
  std::string_view area;
  for (const Finding& finding : findings) {
    if (finding.area != area) {
      text += fmt::format("{}{}\n", area.empty() ? "" : "\n", finding.area);
      area = finding.area;
    }
    text += fmt::format("  {:<8} {}: {}\n", name_of(finding.severity), finding.check,
                        indented(finding.what));
    if (!finding.mend.empty()) text += fmt::format("           -> {}\n", finding.mend);
  }
  return text + "\n";
}

std::string summary_text(const std::vector<Finding>& findings) {
  return fmt::format("{} looked at: {}, {}, {}\n", counted(findings.size(), "thing"),
                     counted(count(findings, Severity::problem), "problem"),
                     counted(count(findings, Severity::warning), "warning"),
                     counted(count(findings, Severity::note), "note"));
}

std::string report_json(const std::vector<Finding>& findings) {
  boost::json::array list;
  for (const Finding& finding : findings) {
    boost::json::object one{{"area", finding.area},
                            {"check", finding.check},
                            {"severity", name_of(finding.severity)},
                            {"what", finding.what}};
    one["mend"] = finding.mend.empty() ? boost::json::value() : boost::json::value(finding.mend);
    list.push_back(std::move(one));
  }
  const boost::json::object report{{"findings", std::move(list)},
                                   {"problems", count(findings, Severity::problem)},
                                   {"warnings", count(findings, Severity::warning)},
                                   {"notes", count(findings, Severity::note)}};
  return boost::json::serialize(report) + "\n";
}

}  // namespace rollcall::app

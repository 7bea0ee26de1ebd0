#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace rollcall::app {

enum class Severity {
  ok,
  note,     // worth to know; nothing has to be done
  warning,  // goes well today, and may not tomorrow
  problem,  // does not work, or counts wrongly
};

// What was looked at, what was found, and what to do about it.
struct Finding {
  std::string area;   // "redis", "postgres", "server", "browser", "machine"
  std::string check;  // "eviction"
  Severity severity = Severity::ok;
  std::string what;
  std::string mend = {};  // empty where there is nothing to do

  bool operator==(const Finding&) const = default;
};

// Findings of one area, in the order in which they were made. What is found twice is told once.
class Findings {
 public:
  explicit Findings(std::string area) : area_(std::move(area)) {}

  void ok(std::string check, std::string what) {
    add(std::move(check), Severity::ok, std::move(what), {});
  }
  void note(std::string check, std::string what, std::string mend = {}) {
    add(std::move(check), Severity::note, std::move(what), std::move(mend));
  }
  void warning(std::string check, std::string what, std::string mend) {
    add(std::move(check), Severity::warning, std::move(what), std::move(mend));
  }
  void problem(std::string check, std::string what, std::string mend) {
    add(std::move(check), Severity::problem, std::move(what), std::move(mend));
  }

  const std::vector<Finding>& all() const { return all_; }

 private:
  void add(std::string check, Severity severity, std::string what, std::string mend) {
    Finding finding{area_, std::move(check), severity, std::move(what), std::move(mend)};
    if (std::ranges::find(all_, finding) == all_.end()) all_.push_back(std::move(finding));
  }

  std::string area_;
  std::vector<Finding> all_;
};

}  // namespace rollcall::app

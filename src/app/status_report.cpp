#include "app/status_report.hpp"

#include "app/amounts.hpp"
#include "app/retention_report.hpp"
#include "app/status_fields.hpp"

#include <cstdint>
#include <string_view>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

namespace rollcall::app {
namespace {

using boost::json::object;
using boost::json::value;

class Report {
 public:
  explicit Report(const object& status) : status_(status), now_(text_of(status, "at")) {}

  StatusReport finish() {
    line("{}: rollcall {}, up for {}, {}{}", text_of(status_, "node"), text_of(status_, "version"),
         words_of(base::Millis(number_of(status_, "uptimeMs"))),
         counted(static_cast<std::uint64_t>(number_of(status_, "connections")), "connection"),
         is_true(status_, "draining") ? ", shutting down" : "");
    dependency("redis");
    dependency("postgres");
    for_each_object(status_, "rosters", [this](const object& roster) { add_roster(roster); });
    for_each_object(status_, "retention", [this](const object& policy) {
      report_.text += "\n" + report_retention(policy, now_);
      report_.degraded = report_.degraded || text_of(policy, "state") == "failing";
    });
    return std::move(report_);
  }

 private:
  template <typename... Parts>
  void line(fmt::format_string<Parts...> format, Parts&&... parts) {
    report_.text += fmt::format(format, std::forward<Parts>(parts)...) + "\n";
  }

  void dependency(std::string_view name) {
    const value* const found = status_.if_contains(name);
    if (found == nullptr || !found->is_object()) return;
    const object& told = found->get_object();
    if (!is_true(told, "configured")) return line("  {:<12}  not configured", name);
    const bool is_up = is_true(told, "up");
    report_.degraded = report_.degraded || !is_up;
    line("  {:<12}  {} (error replies: {}, timeouts: {})", name, is_up ? "up" : "DOWN",
         number_of(told, "errors"), number_of(told, "timeouts"));
  }

  void add_roster(const object& roster) {
    const std::string_view state = text_of(roster, "state");
    const std::string_view since = text_of(roster, "since");
    report_.degraded = report_.degraded || state != "normal";
    line("");
    line("{}: {} since {}, {}", text_of(roster, "roster"), state, since, ago(since, now_));
    const value* const online = roster.if_contains("online");
    if (online == nullptr || online->is_null()) {
      report_.degraded = true;
      line("  {:<12}  unknown: no store answers", "online");
    } else {
      const bool is_exact = text_of(roster, "certainty") == "exact";
      line("  {:<12}  {}{}, from {}", "online", is_exact ? "" : "at least ",
           number_of(roster, "online"), text_of(roster, "source"));
    }
    line("  {:<12}  {} members", "own memory", number_of(roster, "shadowMembers"));
    std::string_view title = "history";
    for_each_object(roster, "history", [&](const object& change) {
      add_change(title, change);
      title = "";
    });
    if (!title.empty()) line("  {:<12}  no changes since the start", title);
  }

  void add_change(std::string_view title, const object& change) {
    const std::string_view at = text_of(change, "at");
    const std::string shard = change.contains("shard")
                                  ? fmt::format("shard {}, ", number_of(change, "shard"))
                                  : std::string();
    line("  {:<12}  {}  {:>{}}  {}{} -> {}: {}", title, at, ago(at, now_), kTimeColumns, shard,
         text_of(change, "from"), text_of(change, "to"), text_of(change, "reason"));
  }

  const object& status_;
  std::string_view now_;
  StatusReport report_;
};

}  // namespace

base::Result<StatusReport> report_status(std::string_view json) {
  boost::system::error_code error;
  const value status = boost::json::parse({json.data(), json.size()}, error);
  if (error || !status.is_object() || !status.get_object().contains("rosters")) {
    return base::Error{base::Errc::invalid_argument, "no_status",
                       "the answer is not a status: is this a rollcall server?"};
  }
  return Report(status.get_object()).finish();
}

}  // namespace rollcall::app

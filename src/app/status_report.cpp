#include "app/status_report.hpp"

#include "base/time.hpp"

#include <charconv>
#include <cstdint>
#include <optional>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

namespace rollcall::app {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

constexpr std::size_t kTimeColumns = 14;  // "59 min 59 s ago"

std::string_view text_of(const object& from, std::string_view key) {
  const value* const found = from.if_contains(key);
  if (found == nullptr || !found->is_string()) return "unknown";
  return {found->get_string().data(), found->get_string().size()};
}

std::int64_t number_of(const object& from, std::string_view key) {
  const value* const found = from.if_contains(key);
  boost::system::error_code error;
  return found == nullptr ? 0 : found->to_number<std::int64_t>(error);
}

bool is_true(const object& from, std::string_view key) {
  const value* const found = from.if_contains(key);
  return found != nullptr && found->is_bool() && found->get_bool();
}

template <typename Visit>
void for_each_object(const object& from, std::string_view key, Visit visit) {
  const value* const list = from.if_contains(key);
  if (list == nullptr || !list->is_array()) return;
  for (const value& each : list->get_array()) {
    if (each.is_object()) visit(each.get_object());
  }
}

// As base::format_rfc3339 writes it.
std::optional<base::WallTime> parse_time(std::string_view text) {
  if (text.size() != std::string_view("2026-01-31T09:30:00.125Z").size()) return std::nullopt;
  bool is_good = true;
  const auto part = [&](std::size_t from, std::size_t digits) {
    int number = 0;
    const char* const end = text.data() + from + digits;
    const auto [stop, error] = std::from_chars(text.data() + from, end, number);
    is_good = is_good && error == std::errc() && stop == end;
    return number;
  };
  const std::chrono::year_month_day day{std::chrono::year(part(0, 4)),
                                        std::chrono::month(static_cast<unsigned>(part(5, 2))),
                                        std::chrono::day(static_cast<unsigned>(part(8, 2)))};
  const base::Millis time = std::chrono::hours(part(11, 2)) + std::chrono::minutes(part(14, 2)) +
                            std::chrono::seconds(part(17, 2)) + base::Millis(part(20, 3));
  if (!is_good || !day.ok()) return std::nullopt;
  return base::WallTime(std::chrono::sys_days(day).time_since_epoch() + time);
}

// In its two largest units: "3 d 4 h", "5 min 3 s", "12 s".
std::string words_of(base::Millis time) {
  const auto seconds = std::max<std::int64_t>(0, time.count() / 1000);
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3600) return fmt::format("{} min {} s", seconds / 60, seconds % 60);
  const auto hours = seconds / 3600;
  if (hours < 24) return fmt::format("{} h {} min", hours, seconds % 3600 / 60);
  return fmt::format("{} d {} h", hours / 24, hours % 24);
}

std::string ago(std::string_view then, std::string_view now) {
  const auto from = parse_time(then);
  const auto to = parse_time(now);
  return from && to ? words_of(*to - *from) + " ago" : std::string("at some time");
}

class Report {
 public:
  explicit Report(const object& status) : status_(status), now_(text_of(status, "at")) {}

  StatusReport finish() {
    line("{}: rollcall {}, up for {}, {} connections{}", text_of(status_, "node"),
         text_of(status_, "version"), words_of(base::Millis(number_of(status_, "uptimeMs"))),
         number_of(status_, "connections"), is_true(status_, "draining") ? ", shutting down" : "");
    dependency("redis");
    dependency("postgres");
    for_each_object(status_, "rosters", [this](const object& roster) { add_roster(roster); });
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

#include "app/client/retention_report.hpp"

#include "app/client/status_fields.hpp"
#include "app/config/amounts.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace rollcall::app {
namespace {

using boost::json::object;
using boost::json::value;

constexpr std::size_t kShownRuns = 5;

// Runs are often short.
std::string time_words(base::Millis time) {
  return time < std::chrono::seconds(1) ? fmt::format("{} ms", time.count()) : words_of(time);
}

class Report {
 public:
  Report(const object& policy, std::string_view now) : policy_(policy), now_(now) {}

  std::string finish() {
    line("retention {}: {}, table {}{}", text_of(policy_, "policy"), text_of(policy_, "state"),
         text_of(policy_, "table"), next_words());
    const auto bytes =
        static_cast<std::uint64_t>(std::max<std::int64_t>(number_of(policy_, "bytes"), 0));
    line("  {:<12}  {} rows, about {}, since the start", "deleted", number_of(policy_, "deleted"),
         in_bytes(bytes));
    line("  {:<12}  {} rows{}", "due", number_of(policy_, "backlog"), oldest_words());
    add_running();
    add_runs();
    return std::move(text_);
  }

 private:
  template <typename... Parts>
  void line(fmt::format_string<Parts...> format, Parts&&... parts) {
    text_ += fmt::format(format, std::forward<Parts>(parts)...) + "\n";
  }

  static bool is_told(const object& from, std::string_view key) {
    const value* const found = from.if_contains(key);
    return found != nullptr && !found->is_null();
  }

  std::string next_words() const {
    const auto next = parse_time(text_of(policy_, "nextAt"));
    const auto now = parse_time(now_);
    if (text_of(policy_, "state") == "running" || !next || !now) return "";
    return fmt::format(", next run in {}", words_of(*next - *now));
  }

  std::string oldest_words() const {
    if (!is_told(policy_, "oldestMs")) return "";
    return fmt::format(", the oldest of them {} old",
                       words_of(base::Millis(number_of(policy_, "oldestMs"))));
  }

  void add_running() {
    const value* const running = policy_.if_contains("running");
    if (running == nullptr || !running->is_object()) return;
    const object& run = running->get_object();
    std::string words = fmt::format("{}: {} of about {} rows in {}", text_of(run, "way"),
                                    number_of(run, "deleted"), number_of(run, "due"),
                                    time_words(base::Millis(number_of(run, "elapsedMs"))));
    if (is_told(run, "percent")) words += fmt::format(", {} %", number_of(run, "percent"));
    if (is_told(run, "timeLeftMs")) {
      words +=
          fmt::format(", about {} left", words_of(base::Millis(number_of(run, "timeLeftMs"))));
    }
    if (is_told(run, "slowedBy")) words += fmt::format(", slowed by {}", text_of(run, "slowedBy"));
    line("  {:<12}  {}", "now", words);
  }

  void add_runs() {
    std::vector<const object*> runs;
    for_each_object(policy_, "runs", [&](const object& run) { runs.push_back(&run); });
    if (runs.empty()) return line("  {:<12}  none since the start", "runs");
    std::string_view title = "runs";
    for (std::size_t i = runs.size() - std::min(runs.size(), kShownRuns); i < runs.size(); ++i) {
      const std::string_view at = text_of(*runs[i], "at");
      line("  {:<12}  {}  {:>{}}  {}", std::exchange(title, ""), at, ago(at, now_), kTimeColumns,
           run_words(*runs[i]));
    }
  }

  static std::string run_words(const object& run) {
    std::string words =
        fmt::format("{}: {} rows in {}", text_of(run, "outcome"), number_of(run, "deleted"),
                    time_words(base::Millis(number_of(run, "tookMs"))));
    for (const char* kept : {"locked", "refused"}) {
      if (number_of(run, kept) > 0) words += fmt::format(", {} {}", number_of(run, kept), kept);
    }
    return is_told(run, "error") ? fmt::format("{}; {}", words, text_of(run, "error")) : words;
  }

  const object& policy_;
  std::string_view now_;
  std::string text_;
};

}  // namespace

std::string report_retention(const object& policy, std::string_view now) {
  return Report(policy, now).finish();
}

}  // namespace rollcall::app

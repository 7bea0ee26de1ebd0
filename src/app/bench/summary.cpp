#include "app/bench/summary.hpp"

#include "app/config/amounts.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace rollcall::bench {
namespace {

constexpr std::size_t kNameColumns = 17;

double in_ms(Micros time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

double in_seconds(Micros time) {
  return std::max(std::chrono::duration<double>(time).count(), 1e-6);
}

// Three digits that matter.
std::string shown(Micros time) {
  const double ms = in_ms(time);
  const int decimals = ms < 1 ? 3 : ms < 10 ? 2 : ms < 100 ? 1 : 0;
  return fmt::format("{:.{}f} ms", ms, decimals);
}

std::string shown_rate(double rate) {
  if (rate >= 100) return app::in_digits(static_cast<std::uint64_t>(std::llround(rate)));
  return fmt::format("{:.1f}", rate);
}

std::string camel_case(std::string_view words) {
  std::string name;
  bool is_start = false;
  for (const char c : words) {
    if (c == ' ') {
      is_start = true;
    } else {
      name += is_start ? static_cast<char>(std::toupper(c)) : c;
      is_start = false;
    }
  }
  return name;
}

boost::json::object json_of(const Histogram& latency) {
  return {{"count", latency.count()},
          {"mean", in_ms(latency.mean())},
          {"p50", in_ms(latency.quantile(0.5))},
          {"p90", in_ms(latency.quantile(0.9))},
          {"p99", in_ms(latency.quantile(0.99))},
          {"p999", in_ms(latency.quantile(0.999))},
          {"max", in_ms(latency.max())}};
}

}  // namespace

void Summary::add_errors(std::string_view of, const Failures& failures) {
  for (const auto& [kind, count] : failures) errors[std::string(of) + kind] += count;
}

std::string summary_text(const Summary& summary) {
  std::string text = fmt::format("{}, {}: {}\n", summary.bench, summary.url, summary.load);
  const auto line = [&](std::string_view name, const std::string& value) {
    text += fmt::format("  {:<{}} {}\n", name, kNameColumns, value);
  };
  const double seconds = in_seconds(summary.took);
  for (const Summary::Figure& figure : summary.figures) {
    std::string value = app::in_digits(figure.number);
    if (figure.is_a_rate) {
      value += fmt::format(" in {:.1f} s, {} a second", seconds,
                           shown_rate(static_cast<double>(figure.number) / seconds));
    }
    line(figure.name, value);
  }
  for (const auto& [name, latency] : summary.latencies) {
    if (latency.count() == 0) continue;
    line(name,
         fmt::format("p50 {}, p90 {}, p99 {}, p99.9 {}, max {}", shown(latency.quantile(0.5)),
                     shown(latency.quantile(0.9)), shown(latency.quantile(0.99)),
                     shown(latency.quantile(0.999)), shown(latency.max())));
  }
  if (summary.errors.empty()) line("errors", "none");
  std::string_view title = "errors";
  for (const auto& [kind, count] : summary.errors) {
    line(title, fmt::format("{} x {}", app::in_digits(count), kind));
    title = "";
  }
  for (const std::string& remark : summary.remarks) text += remark + "\n";
  return text;
}

std::string summary_json(const Summary& summary) {
  const double seconds = in_seconds(summary.took);
  boost::json::object object{{"bench", summary.bench}, {"url", summary.url}, {"seconds", seconds}};
  for (const Summary::Figure& figure : summary.figures) {
    const std::string name = camel_case(figure.name);
    object[name] = figure.number;
    if (figure.is_a_rate) {
      object[name + "PerSecond"] = static_cast<double>(figure.number) / seconds;
    }
  }
  for (const auto& [name, latency] : summary.latencies) {
    object[camel_case(name) + "Ms"] = json_of(latency);
  }
  boost::json::object errors;
  for (const auto& [kind, count] : summary.errors) errors[kind] = count;
  object["errors"] = std::move(errors);
  return boost::json::serialize(object) + "\n";
}

}  // namespace rollcall::bench

#include "app/client/status_fields.hpp"

#include "app/config/amounts.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace rollcall::app {

std::string_view text_of(const boost::json::object& from, std::string_view key) {
  const boost::json::value* const found = from.if_contains(key);
  if (found == nullptr || !found->is_string()) return "unknown";
  return {found->get_string().data(), found->get_string().size()};
}

std::int64_t number_of(const boost::json::object& from, std::string_view key) {
  const boost::json::value* const found = from.if_contains(key);
  boost::system::error_code error;
  return found == nullptr ? 0 : found->to_number<std::int64_t>(error);
}

bool is_true(const boost::json::object& from, std::string_view key) {
  const boost::json::value* const found = from.if_contains(key);
  return found != nullptr && found->is_bool() && found->get_bool();
}

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

std::string words_of(base::Millis time) {
  const auto seconds = std::max<std::int64_t>(0, time.count() / 1000);
  return seconds < 60 ? fmt::format("{} s", seconds) : in_time(time);
}

std::string ago(std::string_view then, std::string_view now) {
  const auto from = parse_time(then);
  const auto to = parse_time(now);
  return from && to ? words_of(*to - *from) + " ago" : std::string("at some time");
}

}  // namespace rollcall::app

#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace rollcall::app {

// What a status says, whatever it is made of: a field that is missing, or of another type, is
// "unknown", 0 or false.
std::string_view text_of(const boost::json::object& from, std::string_view key);
std::int64_t number_of(const boost::json::object& from, std::string_view key);
bool is_true(const boost::json::object& from, std::string_view key);

template <typename Visit>
void for_each_object(const boost::json::object& from, std::string_view key, Visit visit) {
  const boost::json::value* const list = from.if_contains(key);
  if (list == nullptr || !list->is_array()) return;
  for (const boost::json::value& each : list->get_array()) {
    if (each.is_object()) visit(each.get_object());
  }
}

// As base::format_rfc3339 writes it.
std::optional<base::WallTime> parse_time(std::string_view text);

// In its two largest units: "3 d 4 h", "5 min 3 s", "12 s".
std::string words_of(base::Millis time);

constexpr std::size_t kTimeColumns = 14;  // "59 min 59 s ago"
std::string ago(std::string_view then, std::string_view now);

}  // namespace rollcall::app

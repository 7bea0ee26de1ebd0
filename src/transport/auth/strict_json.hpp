#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/storage_ptr.hpp>

namespace rollcall::auth {

constexpr std::size_t kMaxJsonDepth = 16;

// A JSON object (RFC 8259) in valid UTF-8 with nothing behind it, in which no name stands twice at
// any level (RFC 7493, 2.3): which of two claims counts must not depend on the reader.
std::optional<boost::json::object> parse_strict_object(std::string_view text,
                                                       boost::json::storage_ptr storage = {});

// The member of that name when it is a string; null when it is missing or anything else.
const boost::json::string* find_string(const boost::json::object& object, std::string_view name);

}  // namespace rollcall::auth

#include "transport/auth/strict_json.hpp"

#include <cstdint>
#include <utility>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_stack.hpp>

namespace rollcall::auth {
namespace {

namespace json = boost::json;
using json::error_code;
using json::string_view;

// Builds the value, and counts the names as they are read: an object keeps one of a kind, so the
// counts differ when any stood twice.
class Builder {
 public:
  static constexpr std::size_t max_object_size = json::object::max_size();
  static constexpr std::size_t max_array_size = json::array::max_size();
  static constexpr std::size_t max_key_size = json::string::max_size();
  static constexpr std::size_t max_string_size = json::string::max_size();

  explicit Builder(json::storage_ptr storage) { stack_.reset(std::move(storage)); }

  json::value release() { return stack_.release(); }
  std::size_t names() const { return names_; }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) { return true; }
  bool on_object_end(std::size_t size, error_code&) {
    stack_.push_object(size);
    return true;
  }
  bool on_array_begin(error_code&) { return true; }
  bool on_array_end(std::size_t size, error_code&) {
    stack_.push_array(size);
    return true;
  }
  bool on_key_part(string_view part, std::size_t, error_code&) { return add_chars(part); }
  bool on_key(string_view part, std::size_t, error_code&) {
    ++names_;
    stack_.push_key(part);
    return true;
  }
  bool on_string_part(string_view part, std::size_t, error_code&) { return add_chars(part); }
  bool on_string(string_view part, std::size_t, error_code&) {
    stack_.push_string(part);
    return true;
  }
  bool on_number_part(string_view, error_code&) { return true; }
  bool on_int64(std::int64_t number, string_view, error_code&) {
    stack_.push_int64(number);
    return true;
  }
  bool on_uint64(std::uint64_t number, string_view, error_code&) {
    stack_.push_uint64(number);
    return true;
  }
  bool on_double(double number, string_view, error_code&) {
    stack_.push_double(number);
    return true;
  }
  bool on_bool(bool flag, error_code&) {
    stack_.push_bool(flag);
    return true;
  }
  bool on_null(error_code&) {
    stack_.push_null();
    return true;
  }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }

 private:
  bool add_chars(string_view part) {
    stack_.push_chars(part);
    return true;
  }

  json::value_stack stack_;
  std::size_t names_ = 0;
};

std::size_t names_in(const json::value& value) {
  std::size_t names = 0;
  if (const json::object* object = value.if_object()) {
    names = object->size();
    for (const auto& member : *object) names += names_in(member.value());
  } else if (const json::array* array = value.if_array()) {
    for (const json::value& element : *array) names += names_in(element);
  }
  return names;
}

}  // namespace

std::optional<json::object> parse_strict_object(std::string_view text, json::storage_ptr storage) {
  json::parse_options options;
  options.max_depth = kMaxJsonDepth;
  json::basic_parser<Builder> parser(options, std::move(storage));
  error_code error;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
  if (error || used < text.size() || !parser.done()) return std::nullopt;
  json::value value = parser.handler().release();
  if (!value.is_object() || names_in(value) != parser.handler().names()) return std::nullopt;
  return std::move(value.as_object());
}

const json::string* find_string(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(string_view(name.data(), name.size()));
  return value == nullptr ? nullptr : value->if_string();
}

}  // namespace rollcall::auth

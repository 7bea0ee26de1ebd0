#include "transport/http/json_fields.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <boost/json/basic_parser_impl.hpp>

namespace rollcall::http {
namespace {

namespace json = boost::json;
using json::error_code;
using json::string_view;

base::Error invalid(std::string_view message) {
  return {base::Errc::invalid_argument, "invalid_json", std::string(message)};
}

// Boost.JSON's events, of which the first level is kept.
class Collector {
 public:
  static constexpr std::size_t max_object_size = JsonFields::kMaxFields;
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = 256;
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }

  bool on_object_begin(error_code&) {
    ++depth_;
    plain_list_ = false;
    return true;
  }
  bool on_object_end(std::size_t, error_code&) {
    if (--depth_ == 1) keep(JsonFields::Other{});
    return true;
  }
  bool on_array_begin(error_code& error) {
    if (depth_ == 0) return refuse(error, "the body must be a JSON object");
    if (++depth_ == 2) {
      plain_list_ = true;
      list_.clear();
    } else {
      plain_list_ = false;
    }
    return true;
  }
  bool on_array_end(std::size_t, error_code&) {
    if (--depth_ != 1) return true;
    plain_list_ ? keep(std::exchange(list_, {})) : keep(JsonFields::Other{});
    return true;
  }

  bool on_key_part(string_view part, std::size_t, error_code&) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool on_key(string_view part, std::size_t, error_code& error) {
    text_.append(part.data(), part.size());
    std::string key = std::exchange(text_, {});
    if (depth_ > 1) return true;
    if (fields_.find(key) != nullptr) return refuse(error, "a name stands twice in the object");
    key_ = std::move(key);
    return true;
  }
  bool on_string_part(string_view part, std::size_t, error_code&) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool on_string(string_view part, std::size_t, error_code& error) {
    text_.append(part.data(), part.size());
    std::string text = std::exchange(text_, {});
    if (depth_ == 2 && plain_list_) {
      if (list_.size() == JsonFields::kMaxListed) return refuse(error, "a list is too long");
      list_.push_back(std::move(text));
      return true;
    }
    return scalar(std::move(text), error);
  }
  bool on_number_part(string_view, error_code&) { return true; }
  bool on_int64(std::int64_t, string_view, error_code& e) { return other(e); }
  bool on_uint64(std::uint64_t, string_view, error_code& e) { return other(e); }
  bool on_double(double, string_view, error_code& e) { return other(e); }
  bool on_null(error_code& e) { return other(e); }
  bool on_bool(bool flag, error_code& error) {
    plain_list_ = false;
    return scalar(flag, error);
  }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }

  JsonFields& fields() { return fields_; }
  std::string_view refusal() const { return refusal_; }

 private:
  bool other(error_code& error) {
    plain_list_ = false;
    return scalar(JsonFields::Other{}, error);
  }
  bool scalar(JsonFields::Value value, error_code& error) {
    if (depth_ == 0) return refuse(error, "the body must be a JSON object");
    if (depth_ == 1) keep(std::move(value));
    return true;
  }
  void keep(JsonFields::Value value) { fields_.add(std::exchange(key_, {}), std::move(value)); }
  bool refuse(error_code& error, std::string_view why) {
    refusal_ = why;
    error = json::error::syntax;
    return false;
  }

  JsonFields fields_;
  std::string key_;
  std::string text_;
  JsonFields::List list_;
  std::string_view refusal_;
  std::size_t depth_ = 0;
  bool plain_list_ = false;
};

}  // namespace

base::Result<JsonFields> JsonFields::parse(std::string_view text) {
  json::parse_options options;
  options.max_depth = kMaxDepth;
  json::basic_parser<Collector> parser(options);
  error_code error;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
  const Collector& collector = parser.handler();
  if (!collector.refusal().empty()) return invalid(collector.refusal());
  if (error) return invalid("the body is not valid JSON: " + error.message());
  if (used < text.size()) return invalid("something stands behind the JSON object");
  return std::move(parser.handler().fields());
}

const JsonFields::Value* JsonFields::find(std::string_view name) const {
  const auto found = std::ranges::find(fields_, name, &Field::name);
  return found == fields_.end() ? nullptr : &found->value;
}

void JsonFields::add(std::string name, Value value) {
  fields_.push_back({std::move(name), std::move(value)});
}

}  // namespace rollcall::http

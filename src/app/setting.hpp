#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rollcall::app {

// What is wrong with a value, for people; nothing when it is right.
using Complaint = std::optional<std::string>;
using TextCheck = Complaint (*)(std::string_view);

// The kinds of settings: where the value lives, and what it may be.
struct Text {
  std::string* value;
  TextCheck check;
  bool is_required = false;  // otherwise it may be empty, unchecked
};
struct FilePath {  // of a file that is read when rollcall starts
  std::string* value;
};
struct Choice {
  std::string* value;
  std::span<const std::string_view> options;
};
struct TextList {
  std::vector<std::string>* value;
  TextCheck check;
};
struct Flag {
  bool* value;
};
struct Count {
  std::size_t* value;
  std::size_t min;
  std::size_t max;
};
struct Bytes {
  std::size_t* value;
  std::size_t min;
  std::size_t max;
};
struct Duration {
  base::Millis* value;
  base::Millis min;
  base::Millis max;
};
using Kind = std::variant<Text, FilePath, Choice, TextList, Flag, Count, Bytes, Duration>;

// What must not be shown of a value: nothing, all of it, or the password in a URL.
enum class Secrecy { none, whole, password };

// One line of the table of settings, bound to one configuration.
struct Setting {
  std::string_view path;  // "server.listen"; in an entry of a list of tables, only "ttl"
  Kind kind;
  std::string_view description;  // one sentence, without the full stop
  Secrecy secrecy = Secrecy::none;
};

constexpr std::size_t kMaxTextBytes = 64 * 1024;
constexpr std::size_t kMaxListItems = 1000;

// A value as the file gives it, before it is known what it should be.
struct Unusable {
  std::string_view what;  // "a date"
};
using GivenValue =
    std::variant<std::string, std::int64_t, bool, std::vector<std::string>, Unusable>;

// Sets the value, or leaves it and says what is wrong. A secret is not repeated.
Complaint assign(const Setting& setting, const GivenValue& given);

// The same from plain text, as flags and the environment give it: lists are separated by commas.
Complaint assign_text(const Setting& setting, std::string_view text);

// What the setting may be, for people: "1ms to 1m", "ms, s", "a file".
std::string values_of(const Setting& setting);

// The value as TOML, secrets included.
std::string format_value(const Setting& setting);

// The value as plain text, secrets included: assign_text() takes it back.
std::string format_text(const Setting& setting);

}  // namespace rollcall::app

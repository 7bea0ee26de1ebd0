#include "app/setting.hpp"

#include "app/quote.hpp"
#include "app/units.hpp"
#include "core/utf8.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace rollcall::app {
namespace {

Complaint check_text(std::string_view text, TextCheck check) {
  if (text.size() > kMaxTextBytes) {
    return fmt::format("is longer than {}", format_bytes(kMaxTextBytes));
  }
  if (!core::is_valid_utf8(text)) return "is not valid UTF-8";
  return check == nullptr ? std::nullopt : check(text);
}

std::string describe(const GivenValue& given) {
  struct Describe {
    std::string operator()(const std::string& text) const { return excerpt(text); }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(const std::vector<std::string>&) const { return "a list"; }
    std::string operator()(const Unusable& value) const { return std::string(value.what); }
  };
  return std::visit(Describe{}, given);
}

Complaint outside(std::string_view given, std::string_view min, std::string_view max) {
  return fmt::format("{} is outside of {} to {}", given, min, max);
}

// A value that the kind cannot hold is answered by what it expects.
struct Assign {
  const GivenValue& given;
  Secrecy secrecy;

  Complaint expects(std::string_view what) const {
    if (secrecy != Secrecy::none) return fmt::format("expects {}", what);
    return fmt::format("expects {}, not {}", what, describe(given));
  }

  Complaint operator()(const Text& kind) const {
    const auto* const text = std::get_if<std::string>(&given);
    if (text == nullptr) return expects("text in quotes");
    if (text->empty() && kind.is_required) return "must not be empty";
    if (auto complaint = check_text(*text, text->empty() ? nullptr : kind.check)) return complaint;
    *kind.value = *text;
    return std::nullopt;
  }

  Complaint operator()(const FilePath& kind) const {
    const auto* const text = std::get_if<std::string>(&given);
    if (text == nullptr) return expects("the path of a file, in quotes");
    if (auto complaint = check_text(*text, nullptr)) return complaint;
    if (text->find('\0') != std::string::npos) return "holds a zero byte";
    *kind.value = *text;
    return std::nullopt;
  }

  Complaint operator()(const Choice& kind) const {
    const auto* const text = std::get_if<std::string>(&given);
    if (text == nullptr || std::ranges::find(kind.options, *text) == kind.options.end()) {
      std::string options;
      for (const auto option : kind.options) {
        options += (options.empty() ? "" : ", ") + quoted(option);
      }
      return expects("one of " + options);
    }
    *kind.value = *text;
    return std::nullopt;
  }

  Complaint operator()(const TextList& kind) const {
    const auto* const items = std::get_if<std::vector<std::string>>(&given);
    if (items == nullptr) return expects("a list of texts, such as [\"one\", \"two\"]");
    if (items->size() > kMaxListItems) return fmt::format("holds over {} items", kMaxListItems);
    for (std::size_t i = 0; i < items->size(); ++i) {
      if (auto complaint = check_text((*items)[i], kind.check)) {
        return fmt::format("item {} {}", i + 1, *complaint);
      }
    }
    *kind.value = *items;
    return std::nullopt;
  }

  Complaint operator()(const Flag& kind) const {
    const auto* const flag = std::get_if<bool>(&given);
    if (flag == nullptr) return expects("true or false");
    *kind.value = *flag;
    return std::nullopt;
  }

  Complaint operator()(const Count& kind) const {
    const auto* const number = std::get_if<std::int64_t>(&given);
    if (number == nullptr) return expects("a whole number");
    if (std::cmp_less(*number, kind.min) || std::cmp_greater(*number, kind.max)) {
      return outside(std::to_string(*number), std::to_string(kind.min), std::to_string(kind.max));
    }
    *kind.value = static_cast<std::size_t>(*number);
    return std::nullopt;
  }

  Complaint operator()(const Bytes& kind) const {
    const auto* const number = std::get_if<std::int64_t>(&given);
    const auto* const text = std::get_if<std::string>(&given);
    if (text == nullptr && (number == nullptr || *number < 0)) {
      return expects(R"(a size such as "512KB", "1MiB" or a number of bytes)");
    }
    const auto size = parse_bytes(text != nullptr ? *text : std::to_string(*number));
    if (!size.ok()) return size.error().message;
    if (size.value() < kind.min || size.value() > kind.max) {
      return outside(text != nullptr ? excerpt(*text) : std::to_string(*number),
                     format_bytes(kind.min), format_bytes(kind.max));
    }
    *kind.value = size.value();
    return std::nullopt;
  }

  Complaint operator()(const Duration& kind) const {
    const auto* const text = std::get_if<std::string>(&given);
    if (text == nullptr) return expects(R"(a duration in quotes, such as "150ms", "54s" or "5m")");
    const auto duration = parse_duration(*text);
    if (!duration.ok()) return duration.error().message;
    if (duration.value() < kind.min || duration.value() > kind.max) {
      return outside(excerpt(*text), format_duration(kind.min), format_duration(kind.max));
    }
    *kind.value = duration.value();
    return std::nullopt;
  }
};

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> items;
  if (trimmed(text).empty()) return items;
  std::size_t start = 0;
  while (start <= text.size()) {
    const std::size_t comma = std::min(text.find(',', start), text.size());
    items.emplace_back(trimmed(text.substr(start, comma - start)));
    start = comma + 1;
  }
  return items;
}

// The value that a plain text means for a kind; text that means none stays text, for assign() to
// refuse.
struct Interpret {
  std::string_view text;

  GivenValue operator()(const Flag&) const {
    if (text == "true") return true;
    if (text == "false") return false;
    return std::string(text);
  }
  GivenValue operator()(const Count&) const {
    std::int64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || rest != end) return std::string(text);
    return number;
  }
  GivenValue operator()(const TextList&) const { return split_list(text); }
  template <typename Other>
  GivenValue operator()(const Other&) const {
    return std::string(text);
  }
};

struct Format {
  bool as_toml;

  std::string text(std::string_view value) const {
    return as_toml ? quoted(value) : std::string(value);
  }
  template <typename Worded>
    requires std::same_as<decltype(Worded::value), std::string*>
  std::string operator()(const Worded& kind) const {
    return text(*kind.value);
  }
  std::string operator()(const TextList& kind) const {
    std::string items;
    for (const std::string& item : *kind.value) {
      if (!items.empty()) items += as_toml ? ", " : ",";
      items += text(item);
    }
    return as_toml ? "[" + items + "]" : items;
  }
  std::string operator()(const Flag& kind) const { return *kind.value ? "true" : "false"; }
  std::string operator()(const Count& kind) const { return std::to_string(*kind.value); }
  std::string operator()(const Bytes& kind) const { return text(format_bytes(*kind.value)); }
  std::string operator()(const Duration& kind) const { return text(format_duration(*kind.value)); }
};

struct Values {
  std::string operator()(const Text& kind) const {
    return kind.is_required ? "text, not empty" : "text";
  }
  std::string operator()(const FilePath&) const { return "a file"; }
  std::string operator()(const Choice& kind) const {
    std::string options;
    for (const std::string_view option : kind.options) {
      if (!option.empty()) fmt::format_to(std::back_inserter(options), ", {}", option);
    }
    return options.substr(2);
  }
  std::string operator()(const TextList&) const { return "a list of texts"; }
  std::string operator()(const Flag&) const { return "true, false"; }
  std::string operator()(const Count& kind) const {
    return fmt::format("{} to {}", kind.min, kind.max);
  }
  std::string operator()(const Bytes& kind) const {
    return fmt::format("{} to {}", format_bytes(kind.min), format_bytes(kind.max));
  }
  std::string operator()(const Duration& kind) const {
    return fmt::format("{} to {}", format_duration(kind.min), format_duration(kind.max));
  }
};

}  // namespace

Complaint assign(const Setting& setting, const GivenValue& given) {
  return std::visit(Assign{given, setting.secrecy}, setting.kind);
}

Complaint assign_text(const Setting& setting, std::string_view text) {
  return assign(setting, std::visit(Interpret{text}, setting.kind));
}

std::string values_of(const Setting& setting) {
  return std::visit(Values{}, setting.kind);
}

std::string format_value(const Setting& setting) {
  return std::visit(Format{.as_toml = true}, setting.kind);
}

std::string format_text(const Setting& setting) {
  return std::visit(Format{.as_toml = false}, setting.kind);
}

}  // namespace rollcall::app

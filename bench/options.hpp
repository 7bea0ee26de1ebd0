#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace rollcall::bench {

// The options of a program are the members of a struct; each has a flag, followed by its value.
template <class Options>
struct NumberOption {
  std::string_view flag;
  std::uint64_t Options::* member;
  std::uint64_t min;
  std::uint64_t max;
};

template <class Options>
struct TextOption {
  std::string_view flag;
  std::string Options::* member;
};

template <class Options>
std::uint64_t parse_number(const NumberOption<Options>& option, std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_whole = error == std::errc() && end == text.data() + text.size();
  if (!is_whole || number < option.min || number > option.max) {
    throw std::invalid_argument(
        fmt::format("{} takes a number from {} to {}", option.flag, option.min, option.max));
  }
  return number;
}

// Throws std::invalid_argument with what is wrong.
template <class Options>
Options parse_options(std::span<const NumberOption<Options>> numbers,
                      std::span<const TextOption<Options>> texts,
                      const std::vector<std::string_view>& arguments) {
  Options options;
  for (std::size_t i = 0; i < arguments.size(); i += 2) {
    const std::string_view flag = arguments[i];
    if (i + 1 == arguments.size()) throw std::invalid_argument(fmt::format("{}: no value", flag));
    const std::string_view value = arguments[i + 1];
    const auto number = std::ranges::find(numbers, flag, &NumberOption<Options>::flag);
    const auto text = std::ranges::find(texts, flag, &TextOption<Options>::flag);
    if (number != numbers.end()) {
      options.*(number->member) = parse_number(*number, value);
    } else if (text != texts.end()) {
      options.*(text->member) = value;
    } else {
      throw std::invalid_argument(fmt::format("unknown option {}", flag));
    }
  }
  return options;
}

}  // namespace rollcall::bench

#include "app/config/units.hpp"

#include "app/config/quote.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <system_error>

namespace rollcall::app {
namespace {

using base::Errc;
using base::Error;

constexpr std::string_view kDurationForms =
    R"(a whole number with a unit (ms, s, m, h, d), such as "150ms", "54s" or "5m")";
constexpr std::string_view kByteForms =
    R"(a number of bytes, or one with a unit (B, KB, MB, GB, KiB, MiB, GiB), such as "512KB")";

struct Unit {
  std::string_view name;
  std::uint64_t size;
};

// Largest first, so that formatting takes the largest that fits.
constexpr std::array<Unit, 5> kTimes{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::array<Unit, 7> kSizes{{{"GiB", 1ULL << 30},
                                      {"GB", 1'000'000'000},
                                      {"MiB", 1ULL << 20},
                                      {"MB", 1'000'000},
                                      {"KiB", 1ULL << 10},
                                      {"KB", 1'000},
                                      {"B", 1}}};

struct Quantity {
  std::uint64_t number;
  std::string_view unit;
};

// Nothing when the text does not begin with digits, or with more than a number can hold.
std::optional<Quantity> split(std::string_view text) {
  Quantity quantity{};
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, quantity.number);
  if (error != std::errc{}) return std::nullopt;
  quantity.unit = text.substr(static_cast<std::size_t>(rest - text.data()));
  return quantity;
}

template <std::size_t N>
const Unit* find_unit(const std::array<Unit, N>& units, std::string_view name) {
  for (const Unit& unit : units) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

bool has_fraction(const Quantity& quantity) {
  return quantity.unit.starts_with('.') || quantity.unit.starts_with(',');
}

}  // namespace

base::Result<base::Millis> parse_duration(std::string_view text) {
  const auto invalid = [&](std::string_view what) {
    return Error{Errc::invalid_argument, "invalid_duration",
                 excerpt(text) + std::string(what) + std::string(kDurationForms)};
  };
  const auto quantity = split(text);
  if (!quantity) return invalid(" is no duration: give ");
  if (has_fraction(*quantity)) return invalid(" has a fraction: give ");
  const Unit* const unit = find_unit(kTimes, quantity->unit);
  if (quantity->unit.empty()) return invalid(" has no unit: give ");
  if (unit == nullptr) return invalid(" has an unknown unit: give ");
  const auto limit = static_cast<std::uint64_t>(kMaxDuration.count()) / unit->size;
  if (quantity->number > limit) {
    return Error{Errc::invalid_argument, "invalid_duration",
                 excerpt(text) + " is longer than " + format_duration(kMaxDuration)};
  }
  return base::Millis(static_cast<base::Millis::rep>(quantity->number * unit->size));
}

std::string format_duration(base::Millis duration) {
  if (duration.count() <= 0) return "0s";
  const auto total = static_cast<std::uint64_t>(duration.count());
  for (const Unit& unit : kTimes) {
    if (total % unit.size == 0) return std::to_string(total / unit.size) + std::string(unit.name);
  }
  return {};
}

base::Result<std::size_t> parse_bytes(std::string_view text) {
  const auto invalid = [&](std::string_view what) {
    return Error{Errc::invalid_argument, "invalid_size",
                 excerpt(text) + std::string(what) + std::string(kByteForms)};
  };
  const auto quantity = split(text);
  if (!quantity) return invalid(" is no size: give ");
  if (has_fraction(*quantity)) return invalid(" has a fraction: give ");
  const Unit* const unit = find_unit(kSizes, quantity->unit.empty() ? "B" : quantity->unit);
  if (unit == nullptr) return invalid(" has an unknown unit: give ");
  constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
  if (quantity->number > kMax / unit->size) {
    return Error{Errc::invalid_argument, "invalid_size", excerpt(text) + " is too large"};
  }
  return std::size_t{quantity->number * unit->size};
}

std::string format_bytes(std::size_t bytes) {
  std::string best = std::to_string(bytes);
  if (bytes == 0) return best;
  for (const Unit& unit : kSizes) {
    if (unit.size == 1 || bytes % unit.size != 0) continue;
    std::string text = std::to_string(bytes / unit.size) + std::string(unit.name);
    if (text.size() <= best.size()) best = std::move(text);
  }
  return best;
}

}  // namespace rollcall::app

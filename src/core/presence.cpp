#include "core/presence.hpp"

#include <array>
#include <cstddef>

namespace rollcall::core {
namespace {

constexpr std::array<std::string_view, 3> kStatuses{"offline", "away", "online"};
constexpr std::array<std::string_view, 8> kReasons{
    "connected", "left", "closed", "timeout", "node_lost", "drained", "kicked", "token_expired"};

template <typename Enum, std::size_t N>
std::optional<Enum> find(const std::array<std::string_view, N>& names, std::string_view name) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view name_of(Status status) {
  return kStatuses[static_cast<std::size_t>(status)];
}

std::string_view name_of(Reason reason) {
  return kReasons[static_cast<std::size_t>(reason)];
}

std::optional<Status> parse_status(std::string_view name) {
  return find<Status>(kStatuses, name);
}

std::optional<Reason> parse_reason(std::string_view name) {
  return find<Reason>(kReasons, name);
}

}  // namespace rollcall::core

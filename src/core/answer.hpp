#pragma once

#include <cstdint>
#include <string_view>

namespace rollcall::core {

// Which store an answer comes from. `local` is this node's memory while its stores are down.
enum class Source { memory, redis, postgres, local };

// `exact`: every live member is counted. `at_least`: a merge is under way and more may be live.
enum class Certainty { exact, at_least };

// The number of live members, and how far to trust it.
struct Answer {
  std::uint64_t online = 0;
  Source source = Source::memory;
  Certainty certainty = Certainty::exact;
};

constexpr std::string_view name_of(Source source) {
  switch (source) {
    case Source::memory:
      return "memory";
    case Source::redis:
      return "redis";
    case Source::postgres:
      return "postgres";
    case Source::local:
      return "local";
  }
  return "";
}

constexpr std::string_view name_of(Certainty certainty) {
  return certainty == Certainty::exact ? "exact" : "at-least";
}

}  // namespace rollcall::core

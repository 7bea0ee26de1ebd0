#pragma once

#include "core/member.hpp"

#include <bitset>
#include <cstddef>
#include <string>

namespace rollcall::sim {

// The members of a simulated roster are numbered, so that a set of them is a word.
constexpr std::size_t kMostMembers = 64;
using Members = std::bitset<kMostMembers>;

inline core::MemberId member_of(std::size_t number) {
  return core::MemberId::parse("s" + std::to_string(number)).value();
}

inline std::size_t number_of(const core::MemberId& member) {
  return std::stoul(member.text().substr(1));
}

}  // namespace rollcall::sim

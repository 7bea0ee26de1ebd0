#pragma once

#include "base/time.hpp"
#include "core/member.hpp"

namespace rollcall::core {

// A touch or a leave on its way into a store.
struct Change {
  MemberId member;
  bool leave = false;
  base::Millis age{0};  // how long ago it happened; zero for a fresh one
};

}  // namespace rollcall::core

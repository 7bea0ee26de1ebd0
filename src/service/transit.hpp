#pragma once

#include "base/time.hpp"
#include "core/change.hpp"

#include <algorithm>
#include <vector>

namespace rollcall::service {

// How long a copy of a change may be under way. A touch is copied as a little older than it is,
// and a leave, by its way, as a little younger: so that no copy of a touch overtakes the leave
// that came after it.
class Transit {
 public:
  void took(base::Millis round_trip) {
    slack_ = std::clamp(2 * round_trip + kLeast, kLeast, kMost);
  }

  void make_older(std::vector<core::Change>& changes) const {
    for (core::Change& change : changes) {
      if (!change.leave) change.age += slack_;
    }
  }

 private:
  static constexpr base::Millis kLeast{5};
  static constexpr base::Millis kMost{500};

  base::Millis slack_ = kLeast;
};

}  // namespace rollcall::service

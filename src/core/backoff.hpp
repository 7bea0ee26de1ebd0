#pragma once

#include "base/time.hpp"

#include <algorithm>
#include <cstdint>
#include <random>

namespace rollcall::core {

// How long to wait before each new attempt: drawn between nothing and a ceiling, which begins at
// `first` and doubles up to `most`, so that many who failed together do not come back together.
class Backoff {
 public:
  Backoff(base::Millis first, base::Millis most, std::uint32_t seed)
      : first_(first), most_(most), ceiling_(first), random_(seed) {}

  base::Millis next() {
    const base::Millis ceiling = std::min(ceiling_, most_);
    ceiling_ = std::min(ceiling * 2, most_);
    std::uniform_int_distribution<base::Millis::rep> wait(0, ceiling.count());
    return base::Millis(wait(random_));
  }

  // After a success: the next wait is a first one.
  void reset() { ceiling_ = first_; }

 private:
  base::Millis first_;
  base::Millis most_;
  base::Millis ceiling_;
  std::minstd_rand random_;
};

}  // namespace rollcall::core

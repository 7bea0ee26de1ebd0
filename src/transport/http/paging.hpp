#pragma once

#include "base/result.hpp"
#include "transport/http/router.hpp"

#include <cstddef>
#include <string>

namespace rollcall::http {

// What a listing route is asked for: ?limit=1..1000 (100) and &cursor=, as the last page gave it.
struct Paging {
  static constexpr std::size_t kMaxPage = 1000;
  static constexpr std::size_t kDefaultPage = 100;

  std::size_t limit = kDefaultPage;
  std::string cursor;
};

base::Result<Paging> paging_of(const Call& call);

}  // namespace rollcall::http

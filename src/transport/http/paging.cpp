#include "transport/http/paging.hpp"

#include <charconv>

namespace rollcall::http {

base::Result<Paging> paging_of(const Call& call) {
  Paging paging;
  const auto limit = call.query_value("limit");
  if (!limit) return limit.error();
  if (limit.value()) {
    const std::string& digits = *limit.value();
    const char* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, paging.limit);
    const bool in_range = paging.limit >= 1 && paging.limit <= Paging::kMaxPage;
    if (error != std::errc() || stop != end || !in_range) {
      return base::Error{base::Errc::invalid_argument, "invalid_limit",
                         "limit is a number from 1 to 1000"};
    }
  }
  auto cursor = call.query_value("cursor");
  if (!cursor) return std::move(cursor).error();
  paging.cursor = std::move(cursor).value().value_or("");
  return paging;
}

}  // namespace rollcall::http

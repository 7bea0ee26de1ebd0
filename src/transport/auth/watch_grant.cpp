#include "transport/auth/identity.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::auth {

WatchGrant WatchGrant::everyone() {
  WatchGrant grant;
  grant.everyone_ = true;
  return grant;
}

WatchGrant WatchGrant::of(std::vector<std::string> patterns) {
  if (std::ranges::find(patterns, "*") != patterns.end()) return everyone();
  WatchGrant grant;
  if (!patterns.empty()) {
    grant.patterns_ = std::make_shared<const std::vector<std::string>>(std::move(patterns));
  }
  return grant;
}

bool WatchGrant::allows(std::string_view user) const {
  if (everyone_ || patterns_ == nullptr) return everyone_;
  return std::ranges::any_of(*patterns_, [&](std::string_view pattern) {
    if (!pattern.ends_with('*')) return pattern == user;
    pattern.remove_suffix(1);
    return user.starts_with(pattern);
  });
}

}  // namespace rollcall::auth

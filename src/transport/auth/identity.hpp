#pragma once

#include "base/time.hpp"
#include "core/connection.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::auth {

// Whose presence a user may watch. Copies share the patterns; the grants of nobody and of everyone
// take no heap memory, for most of many idle connections hold one of them.
class WatchGrant {
 public:
  WatchGrant() = default;  // nobody
  static WatchGrant everyone();

  // Each pattern is "*" for everyone, "prefix*", or a user's id.
  static WatchGrant of(std::vector<std::string> patterns);

  bool allows(std::string_view user) const;

 private:
  bool everyone_ = false;
  std::shared_ptr<const std::vector<std::string>> patterns_;
};

// Who makes a request, as a token, the gateway, or --dev says it.
struct Identity {
  core::UserId user;
  std::optional<base::WallTime> expires_at;  // the token's end; nothing without a token
  WatchGrant watch;
};

}  // namespace rollcall::auth

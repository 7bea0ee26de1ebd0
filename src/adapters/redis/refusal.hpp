#pragma once

#include "adapters/redis/resp.hpp"
#include "base/result.hpp"

#include <string>
#include <string_view>

namespace rollcall::redis {

inline constexpr std::string_view kNoScript = "redis_noscript";

// The first word of an error reply ("OOM", "READONLY", ...). The rest may repeat arguments.
std::string refusal_word(const RespValue& error);

// An error reply as the error that callers get: unavailable, with the first word in the message.
base::Error refusal(const RespValue& error);

// Refusals that end a handshake, with what to do about them.
base::Error handshake_refusal(const RespValue& error, std::string_view step);

}  // namespace rollcall::redis

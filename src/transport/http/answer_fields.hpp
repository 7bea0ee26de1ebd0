#pragma once

#include "core/answer.hpp"
#include "transport/http/response.hpp"

#include <string>

namespace rollcall::http {

// {"online":N}, with X-Rollcall-Source and X-Rollcall-Certainty.
Response online_response(const core::Answer& answer);

}  // namespace rollcall::http

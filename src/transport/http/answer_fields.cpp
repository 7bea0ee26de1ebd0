#include "transport/http/answer_fields.hpp"

#include <fmt/format.h>

namespace rollcall::http {

Response online_response(const core::Answer& answer) {
  Response response;
  response.body = fmt::format(R"({{"online":{}}})", answer.online);
  response.fields = fmt::format(
      "Cache-Control: no-store\r\nX-Rollcall-Source: {}\r\nX-Rollcall-Certainty: {}\r\n",
      core::name_of(answer.source), core::name_of(answer.certainty));
  return response;
}

}  // namespace rollcall::http

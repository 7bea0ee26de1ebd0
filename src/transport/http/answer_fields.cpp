#include "transport/http/answer_fields.hpp"

namespace rollcall::http {

Response online_response(const core::Answer& answer) {
  constexpr std::size_t kFurtherFields = 192;  // of whoever adds to them: the pace, a cookie
  Response response;
  response.body.reserve(32);
  response.body += R"({"online":)";
  append_number(response.body, static_cast<std::int64_t>(answer.online));
  response.body += '}';
  response.fields.reserve(128 + kFurtherFields);
  response.fields += "Cache-Control: no-store\r\nX-Rollcall-Source: ";
  response.fields += core::name_of(answer.source);
  response.fields += "\r\nX-Rollcall-Certainty: ";
  response.fields += core::name_of(answer.certainty);
  response.fields += "\r\n";
  return response;
}

}  // namespace rollcall::http

#pragma once

#include "transport/http/response.hpp"

#include <string>
#include <utility>

namespace rollcall::http {

// An answer of this moment, which nobody shall keep.
inline Response json_response(int status, std::string body) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  response.fields = "Cache-Control: no-store\r\n";
  return response;
}

inline Response no_content() {
  Response response;
  response.status = 204;
  return response;
}

}  // namespace rollcall::http

#include "transport/http/request_parser.hpp"
#include "transport/ws/handshake.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using namespace rollcall;

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

// Whatever a request says, the answer is an upgrade or a clear refusal, and no header of the
// client's makes a line of its own in it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const http::Limits limits;
  http::RequestParser parser(limits);
  parser.feed({reinterpret_cast<const char*>(data), size});
  if (!parser.complete()) return 0;
  const http::Request& request = parser.request();
  const http::Response answer = ws::answer_handshake(request);
  require(answer.status == 101 || answer.status == 400 || answer.status == 426);
  const auto lines = std::ranges::count(answer.fields, '\n');
  if (answer.status == 101) {
    require(lines == 3 || lines == 4);
    require(request.method == http::Method::get && request.minor_version == 1);
    require(request.header("Sec-WebSocket-Version") == "13");
    require(ws::accept_token(request.header("Sec-WebSocket-Key")).size() == 28);
  } else {
    require(lines == (answer.status == 426 ? 3 : 0));
    require(answer.body.find("\"error\"") != std::string_view::npos);
  }
  return 0;
}
